"""Stages within one process."""

from __future__ import annotations

import pytest
import torch
from paths import CONFIGS

from mmlesson.apis.module_check.stages import (
    SkipStageError,
    Subject,
    _compare,
    _first,
    _tensors,
    devices,
    loss_falls,
)
from mmlesson.errors import RunError


def test_first_samples_of_nested_labels():
    batch = {'inputs': torch.arange(4), 'labels': {'boxes': [1, 2, 3], 'size': 8}}
    found = _first(batch, 2)
    assert found['inputs'].tolist() == [0, 1]
    assert found['labels'] == {'boxes': [1, 2], 'size': 8}


def test_tensors_of_nested_outputs():
    one, two = torch.ones(1), torch.ones(2)
    assert list(map(len, _tensors(({'a': one}, [two, None])))) == [1, 2]


def test_lost_axis_and_other_values_are_named():
    whole = torch.arange(6.0).reshape(3, 2)
    _compare('Net', whole[:1], whole, 1)
    with pytest.raises(RunError, match=r'Net returns the shape \(2,\) for 1 sample'):
        _compare('Net', whole[0], whole, 1)
    with pytest.raises(RunError, match='something else for a sample when the batch has 1'):
        _compare('Net', whole[:1] + 1, whole, 1)


def test_learning_rate_that_diverges_is_reported(tmp_path):
    file = tmp_path / 'fast.py'
    lr = 'optim_wrapper = dict(optimizer=dict(lr=1000.0))'
    file.write_text(f"_base_ = ['{CONFIGS}/mlp/mlp_xor.py']\n{lr}\n")
    with pytest.raises(RunError, match='Is the learning rate suitable'):
        loss_falls(Subject(file, tmp_path))


def test_model_without_gradients_is_skipped(tmp_path):
    subject = Subject(CONFIGS / 'perceptron' / 'perceptron_blobs.py', tmp_path)
    with pytest.raises(SkipStageError, match='no parameter is trained by a gradient'):
        devices(subject)
