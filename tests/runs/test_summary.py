import json
import math

import numpy as np
import pytest
import torch

from mmlesson.errors import UserError
from mmlesson.runs.summary import FILE_NAME, best_of, read_summary, write_summary


def test_summary_is_read_as_it_was_written(tmp_path):
    summary = {'status': 'completed', 'val': {'accuracy/top1': 97.5}, 'stop': None, 'n': [1, 2]}
    write_summary(tmp_path, summary)
    assert read_summary(tmp_path) == summary
    assert read_summary(tmp_path / '20250101_000000') == summary  # a start of the run


def test_tensors_and_arrays_become_lists_and_numbers(tmp_path):
    write_summary(tmp_path, {'a': torch.tensor([1, 2]), 'b': np.float32(0.5), 'c': np.eye(2)})
    assert read_summary(tmp_path) == {'a': [1, 2], 'b': 0.5, 'c': [[1.0, 0.0], [0.0, 1.0]]}


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
