"""Sizes of training, and refused splits."""

from __future__ import annotations

import pytest

from mmlesson.apis.own_data.sizes import batch_size, check_split_sizes, epochs
from mmlesson.datasets import Digits
from mmlesson.errors import ArgumentError


def test_larger_data_get_larger_batches_and_fewer_epochs():
    sizes = [1, 90, 999, 1000, 50_000, 1_000_000]
    batches, counts = [batch_size(n) for n in sizes], [epochs(n) for n in sizes]
    assert batches == sorted(batches)
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (100, 15)


def test_sizes_of_the_splits_are_noted_and_an_empty_one_is_refused():
    notes = []
    check_split_sizes('digits', Digits('train'), notes)
    assert notes == ['splits: 1078 train, 362 val, 357 test']
    with pytest.raises(ArgumentError, match='too few samples: none are left for test'):
        check_split_sizes('digits', Digits('train', split_ratio=(0.5, 0.5, 0)), notes)
