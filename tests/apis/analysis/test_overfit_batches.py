"""Length and verdict of the overfitting check."""

from __future__ import annotations

import pytest
from mmengine.config import Config

from mmlesson.apis.analysis.overfit_batches import _length, _verdict
from mmlesson.errors import RunError


def test_as_many_steps_as_the_run_of_the_config():
    length = _length(Config({'train_cfg': {'max_epochs': 20}}), steps=15, few=2)
    assert length['max_epochs'] == 150  # 20 * 15 steps, 2 per epoch
    assert length['val_interval'] == 3  # 50 validations


def test_number_of_iterations_is_unchanged():
    length = _length(Config({'train_cfg': {'max_iters': 1000}}), steps=15, few=2)
    assert 'max_iters' not in length
    assert length['val_interval'] == 20


def test_short_run_is_validated_at_each_epoch():
    assert _length(Config({'train_cfg': {'max_epochs': 1}}), 3, 3)['val_interval'] == 1


def test_verdict_names_what_was_measured():
    facts = {'batches': 2, 'learned': True, 'loss': 0.01234, 'accuracy/top1': 100.0}
    text = _verdict(facts, 40, 'runs/x')
    assert 'after 40 steps on 2 batch(es): loss 0.012 per sample, accuracy 100 %' in text
    assert text.endswith('runs/x')


def test_failure_without_measurements_is_an_error():
    with pytest.raises(RunError, match='nothing measured'):
        _verdict({}, 1, 'runs/x')
