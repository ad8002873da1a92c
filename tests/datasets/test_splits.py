import hashlib
import random
import struct

import numpy as np
import pytest
import torch

from mmlesson.datasets import Split, split_indices
from mmlesson.errors import ArgumentError

RATIOS = (0.6, 0.2, 0.2)
STRATA = np.random.RandomState(7).choice(4, size=203, p=[0.5, 0.3, 0.15, 0.05])


@pytest.mark.parametrize('ratios', [RATIOS, (0.5, 0, 0.5), (1, 0, 0), (1 / 3, 1 / 3, 1 / 3)])
@pytest.mark.parametrize('seed', [0, 1, 2**32 - 1])
def test_every_sample_is_in_exactly_one_split(ratios, seed):
    parts = split_indices(STRATA, ratios, seed)
    assert tuple(parts) == ('train', 'val', 'test')
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(STRATA)))


@pytest.mark.parametrize('ratios', [RATIOS, (0.29, 0.0, 0.71), (0.34, 0.33, 0.33)])
def test_each_split_has_its_share_of_each_stratum_within_one_sample(ratios):
    parts = split_indices(STRATA, ratios, seed=3)
    for part, ratio in zip(parts.values(), ratios, strict=True):
        for stratum in range(4):
            share = ratio * (stratum == STRATA).sum()
            assert abs((STRATA[part] == stratum).sum() - share) < 1


@pytest.mark.parametrize(
    ('count', 'ratios', 'sizes'),
    [
        (100, (0.29, 0.01, 0.7), (29, 1, 70)),  # 100 * 0.29 is 28.999999999999996
        (5, (0.5, 0.25, 0.25), (3, 1, 1)),
        (12, (0.7, 0.1, 0.2), (9, 1, 2)),  # 8.4, 1.2, 2.4: a tie, though not in binary
        (2, (1 / 3, 1 / 3, 1 / 3), (1, 1, 0)),  # a tie goes to the earlier split
        (7, (0, 0, 1), (0, 0, 7)),
        (0, RATIOS, (0, 0, 0)),
    ],
)
def test_sizes_by_largest_remainder(count, ratios, sizes):
    parts = split_indices(np.zeros(count, int), ratios, seed=0)
    assert tuple(len(part) for part in parts.values()) == sizes


def test_indices_are_sorted_int64():
    for part in split_indices(STRATA, RATIOS, seed=0).values():
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()


def test_splits_depend_on_their_seed_and_not_on_global_seeds():
    first = split_indices(STRATA, RATIOS, seed=5)
    torch.manual_seed(1)
    np.random.seed(2)
    random.seed(3)
    before = np.random.get_state()[1].copy()
    again = split_indices(STRATA, RATIOS, seed=5)
    other = split_indices(STRATA, RATIOS, seed=6)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not any(np.array_equal(first[name], other[name]) for name in first)
    assert np.array_equal(before, np.random.get_state()[1])


def test_known_assignment_is_frozen():
    parts = split_indices(np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), RATIOS, seed=0)
    # RandomState(0).permutation of 0..4 is [2 0 1 3 4], the next, of 5..9, [5 7 6 9 8].
    assert {name: part.tolist() for name, part in parts.items()} == {
        'train': [0, 1, 2, 5, 6, 7],
        'val': [3, 9],
        'test': [4, 8],
    }


@pytest.mark.parametrize(
    ('ratios', 'message'),
    [
        ((0.6, 0.2), r'split_indices\.ratios must be three numbers, for train, val, test'),
        (0.6, 'must be three numbers'),
        ((0.6, 0.2, 0.3), r'must sum to 1, got \(0\.6, 0\.2, 0\.3\)'),
        ((1.2, -0.2, 0), r"ratios for 'train' must be a number in \[0, 1\], got 1\.2"),
        ((float('nan'), 0.5, 0.5), "ratios for 'train' must be a number"),
        (('a', 0.5, 0.5), "ratios for 'train' must be a number"),
    ],
)
def test_bad_ratios_are_named(ratios, message):
    with pytest.raises(ArgumentError, match=message):
        split_indices(STRATA, ratios, seed=0)


@pytest.mark.parametrize('seed', [-1, 1.5, None, True, 2**32])
def test_bad_seed_is_named(seed):
    with pytest.raises(ArgumentError, match=r'split_indices\.seed must be'):
        split_indices(STRATA, RATIOS, seed)


def test_split_hash_is_over_little_endian_int64_of_sorted_indices():
    split = Split.from_indices('val', np.array([300, 2]))
    assert split.indices.tolist() == [2, 300]
    assert split.sha256 == hashlib.sha256(struct.pack('<qq', 2, 300)).hexdigest()
    assert (split.name, split.size) == ('val', 2)
