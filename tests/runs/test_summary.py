import errno
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from mmlesson.errors import UserError
from mmlesson.runs.summary import (
    DEFAULTS,
    FILE_NAME,
    best_of,
    final_text,
    read_summary,
    write_summary,
)


def test_summary_is_read_as_it_was_written(tmp_path):
    summary = {'status': 'completed', 'val': {'accuracy/top1': 97.5}, 'stop': None, 'n': [1, 2]}
    write_summary(tmp_path, summary)
    assert read_summary(tmp_path) == {**DEFAULTS, **summary}
    assert read_summary(tmp_path / '20250101_000000') == {**DEFAULTS, **summary}  # of the run


def test_tensors_and_arrays_become_lists_and_numbers(tmp_path):
    write_summary(tmp_path, {'a': torch.tensor([1, 2]), 'b': np.float32(0.5), 'c': np.eye(2)})
    found = json.loads((tmp_path / FILE_NAME).read_text())
    assert found == {'a': [1, 2], 'b': 0.5, 'c': [[1.0, 0.0], [0.0, 1.0]]}


def test_nan_and_infinity_are_written_by_name(tmp_path):
    write_summary(tmp_path, {'loss': math.nan, 'norm': [math.inf, -math.inf]})
    text = (tmp_path / FILE_NAME).read_text()
    assert json.loads(text) == {'loss': 'nan', 'norm': ['inf', '-inf']}


def test_folder_without_a_summary_is_refused(tmp_path):
    with pytest.raises(UserError, match=r'has no summary\.json: it is no run, or it has not ended'):
        read_summary(tmp_path)


def test_damaged_summary_is_named(tmp_path):
    (tmp_path / FILE_NAME).write_text('{"status": ')
    with pytest.raises(UserError, match=r'summary\.json must hold JSON: .* Is it damaged\?'):
        read_summary(tmp_path)


PLAIN = {'metric': 'loss', 'value': 0.5, 'epoch': 3}
SAVED = {**PLAIN, 'epoch': 4, 'checkpoint': 'best_loss.pth'}


@pytest.mark.parametrize(
    ('bests', 'best'),
    [([], None), ([None, {}], None), ([PLAIN], PLAIN), ([None, PLAIN, SAVED], SAVED)],
)
def test_best_validation_is_that_of_the_best_checkpoint(bests, best):
    assert best_of(bests) == best


@pytest.mark.parametrize(
    ('final', 'epochs', 'text'),
    [
        (None, 3, None),
        ({'checkpoint': 'final.pth', 'epoch': 9}, 19, 'final.pth (epoch 9)'),
        ({'checkpoint': 'iter_7.pth', 'epoch': 7}, 0, 'iter_7.pth (iteration 7)'),
        (
            {'checkpoint': 'final.pth', 'epoch': 1, 'update': 3},
            9,
            'final.pth (pocket, update 3)',
        ),
    ],
)
def test_final_weights_are_named_with_their_place(final, epochs, text):
    assert final_text({'final': final, 'epochs': epochs}) == text


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('epochs', '3'),
        ('epochs', 3.5),
        ('iterations', -1),
        ('train_seconds', 10**400),
        ('train_seconds', None),
        ('status', ['completed']),
        ('best', {'metric': 'loss', 'value': 'low', 'epoch': 1}),
        ('best', {'metric': 'loss'}),
        ('stop', 'patience'),
        ('val', [97.5]),
        ('val', {'loss': 10**400}),
        ('test_by_class', {'recall': 3.0}),
        ('splits', {'train': None}),
        ('diagnosis', {'verdict': 'good'}),
        ('environment', {'packages': ['torch']}),
        ('facts', {'perceptron': 1}),
    ],
)
def test_value_of_another_type_is_named_and_left_out(tmp_path, caplog, key, value):
    (tmp_path / FILE_NAME).write_text(json.dumps({'seed': 7, key: value}))
    assert read_summary(tmp_path) == {**DEFAULTS, 'seed': 7}
    (line,) = caplog.messages
    assert line == f'{tmp_path / FILE_NAME} is damaged, and read without {key}: of another type.'


@pytest.mark.parametrize(
    'text',
    ['[]', 'null', '3', '"x"', '[' * 10**5, '{"a":' * 10**5, '{"a": ' + '9' * 5000 + '}', ''],
)
def test_summary_that_is_no_object_is_named(tmp_path, text):
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(UserError, match=r'summary\.json must hold JSON'):
        read_summary(tmp_path)


def test_summary_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, 'Permission denied', str(path))

    write_summary(tmp_path, {})
    monkeypatch.setattr(Path, 'read_bytes', refuse)
    with pytest.raises(UserError, match=r'summary\.json cannot be read: Permission denied'):
        read_summary(tmp_path)


def test_strict_reading_refuses_a_value_of_another_type(tmp_path):
    (tmp_path / 'summary.json').write_text('{"status": "completed", "epochs": "x"}')
    with pytest.raises(UserError, match='is damaged: epochs of another type'):
        read_summary(tmp_path, is_strict=True)


@pytest.mark.parametrize('val', [3, 'x', {'loss': 10**400}])
def test_final_weights_of_odd_metrics_are_left_out(tmp_path, val, caplog):
    final = {'epoch': 1, 'checkpoint': 'epoch_1.pth', 'update': 3, 'val': val}
    (tmp_path / 'summary.json').write_text(json.dumps({'final': final}))
    assert read_summary(tmp_path)['final'] is None
    assert 'read without final' in caplog.text
