"""Parts of the report of a dry run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mmlesson.apis.analysis.dry_run import _human, _length, _report_time, _shape


@pytest.mark.parametrize(
    ('size', 'text'),
    [(0, '0 B'), (1023, '1023 B'), (1536, '1.5 KiB'), (3 * 2**20, '3 MiB'), (2**31, '2 GiB')],
)
def test_sizes_have_binary_units(size, text):
    assert _human(size) == text


def test_shapes_of_tensors_and_lists():
    assert _shape(torch.zeros(2, 3, dtype=torch.int64)) == 'int64 (2, 3)'
    assert _shape([torch.zeros(3)] * 4) == '4 x float32 (3,)'


def test_length_of_an_endless_sampler():
    assert _length(range(1234)) == '1,234'
    assert _length(iter(())) == 'endless'


def test_time_of_epochs_by_hand():
    watch = SimpleNamespace(steps=[0.1, 0.3, 0.2], val_seconds=0.5)
    loaders = {'train': range(10), 'val': range(4)}
    (line,) = _report_time({'max_epochs': 6, 'val_interval': 2}, loaders, watch)
    # 10 steps of 0.2 s and 4 batches of 0.5 s; 6 epochs, with 3 validations of 2 s.
    assert line.startswith('time: 4 s per epoch')
    assert line.endswith('18 s for 6 epochs')


def test_time_of_one_batch_is_unknown():
    (line,) = _report_time({'max_epochs': 1}, {}, SimpleNamespace(steps=[]))
    assert line.startswith('time: unknown')
