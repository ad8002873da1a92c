"""Stratified folds, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from mmlesson.datasets import XOR, Circles, Digits, describe_split
from mmlesson.datasets.splits import fold_indices
from mmlesson.errors import ArgumentError

STRATA = np.random.RandomState(3).choice(4, size=211, p=[0.5, 0.3, 0.15, 0.05])


def folds(count, strata=STRATA, seed=0):
    everything = np.arange(len(strata))
    return [fold_indices(strata, everything, (k, count), seed) for k in range(count)]


@pytest.mark.parametrize('count', [2, 5, 7])
def test_folds_have_the_sizes_and_class_counts_of_scikit_learn(count):
    ours = folds(count)
    theirs = [val for _, val in StratifiedKFold(count).split(STRATA, STRATA)]
    assert sorted(len(fold['val']) for fold in ours) == sorted(map(len, theirs))
    for stratum in range(4):
        counts = sorted(int((STRATA[fold['val']] == stratum).sum()) for fold in ours)
        assert counts == sorted(int((STRATA[val] == stratum).sum()) for val in theirs)


@pytest.mark.parametrize('seed', [0, 1])
def test_each_sample_is_validated_on_once_and_trained_on_in_all_other_folds(seed):
    dealt = folds(5, seed=seed)
    assert sorted(np.concatenate([fold['val'] for fold in dealt])) == list(range(211))
    for fold in dealt:
        assert sorted([*fold['train'], *fold['val']]) == list(range(211))


def test_seed_alone_moves_samples_and_seed_zero_is_a_seed():
    dealt = [tuple(folds(3, seed=seed)[0]['val']) for seed in (0, *range(20))]
    assert dealt[0] == dealt[1]
    assert len(set(dealt)) == 20


def test_dataset_keeps_its_test_split_and_divides_the_other_samples():
    plain = Digits('test')
    parts = [{name: Digits(name, fold=(k, 5)) for name in ('train', 'val')} for k in range(5)]
    rest = sorted({*range(1797)} - {*plain.splits['test'].indices.tolist()})
    seen = []
    for k, part in enumerate(parts):
        held = {name: describe_split(dataset)['indices'] for name, dataset in part.items()}
        assert sorted([*held['train'].tolist(), *held['val'].tolist()]) == rest
        assert len(part['val']) == len(held['val'])
        test = Digits('test', fold=(k, 5))
        assert test.splits['test'].sha256 == plain.splits['test'].sha256
        seen += held['val'].tolist()
        labels = np.bincount([int(part['val'][i]['labels']) for i in range(len(part['val']))])
        share = np.bincount([int(plain_label) for plain_label in _labels(rest)]) / 5
        assert (abs(labels - share) < 1).all()
    assert sorted(seen) == rest
    assert len({part['val'].splits['val'].sha256 for part in parts}) == 5


def _labels(indices):
    whole = Digits('train', split_ratio=(1, 0, 0))
    return whole._labels[indices]


def test_folds_of_xor_have_equal_corners():
    val = XOR('val', fold=(1, 4))
    inputs = val.__getitems__(list(range(len(val))))['inputs']
    corners = (inputs[:, 0] > 0).int() * 2 + (inputs[:, 1] > 0).int()
    assert np.bincount(corners).tolist() == [20, 20, 20, 20]


@pytest.mark.parametrize(
    ('fold', 'message'),
    [
        (3, 'must be (k, n), fold k of n, or None, got 3'),
        ((0, 1), 'fold n must be an int >= 2, got 1'),
        ((-1, 5), 'fold k must be an int >= 0, got -1'),
        ((5, 5), 'must be (k, n) with k from 0 to n - 1, got (5, 5)'),
        ((0.0, 5), 'fold k must be an int >= 0, got 0.0'),
        ((0, 900), 'must have at most 320 folds'),
    ],
)
def test_wrong_fold_is_refused(fold, message):
    with pytest.raises(ArgumentError) as caught:
        Circles(fold=fold)
    assert message in str(caught.value)
