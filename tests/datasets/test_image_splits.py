"""Splits of files by their folders and contents."""

from __future__ import annotations

import numpy as np
import pytest

from mmlesson.datasets.image_splits import assign_files, other_labels, shared_contents
from mmlesson.datasets.splits import split_indices
from mmlesson.errors import ArgumentError

LABELS = np.arange(100) % 2
CONTENTS = np.arange(100)[::-1].copy()
RATIO = (0.6, 0.2, 0.2)


def assign(folders, contents=CONTENTS, ratio=RATIO, fold=None):
    folders = np.broadcast_to(np.array(folders), 100)
    return assign_files(folders, contents, LABELS, ratio, 0, fold)


def sizes(assigned):
    return {name: len(rows) for name, rows in assigned.items()}


def test_files_without_folders_of_splits_are_divided_as_arrays_are():
    assigned = assign('')
    for name, rows in split_indices(LABELS, RATIO, 0).items():
        np.testing.assert_array_equal(assigned[name], rows)


def test_files_in_folders_of_splits_stay_there():
    folders = np.array(['train', 'val', 'test']).repeat([50, 30, 20])
    assigned = assign(folders)
    for name in ('train', 'val', 'test'):
        np.testing.assert_array_equal(assigned[name], np.flatnonzero(folders == name))


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        (('train', 'test'), {'train': 60, 'val': 20, 'test': 20}),
        (('train', 'val'), {'train': 60, 'val': 20, 'test': 20}),
        (('train', 'train'), {'train': 60, 'val': 20, 'test': 20}),
    ],
)
def test_missing_split_is_its_share_of_the_training_images(given, expected):
    folders = np.array(given).repeat([80, 20])
    assigned = assign(folders)
    assert sizes(assigned) == expected
    assert len(np.unique(np.concatenate(list(assigned.values())))) == 100
    for name in set(given) - {'train'}:
        np.testing.assert_array_equal(assigned[name], np.arange(80, 100))


def test_missing_split_is_empty_if_its_fraction_is_zero():
    assigned = assign(np.array(['train', 'val']).repeat([80, 20]), ratio=(0.8, 0.2, 0))
    assert sizes(assigned) == {'train': 80, 'val': 20, 'test': 0}


@pytest.mark.parametrize('fold', [None, (1, 4)])
def test_files_of_one_content_are_in_one_split(fold):
    contents = np.arange(100) // 4
    assigned = assign('', contents, fold=fold)
    assert sum(sizes(assigned).values()) == 100
    found = [set(contents[rows]) for rows in assigned.values()]
    assert not found[0] & found[1]
    assert not found[0] & found[2]
    assert not found[1] & found[2]
    assert shared_contents(assigned, contents) == []


def test_folds_divide_all_files_but_those_in_the_test_folder():
    folders = np.array(['train', 'val', 'test']).repeat([50, 30, 20])
    held_out = [assign(folders, fold=(k, 4))['val'] for k in range(4)]
    assert np.sort(np.concatenate(held_out)).tolist() == list(range(80))
    np.testing.assert_array_equal(assign(folders, fold=(0, 4))['test'], np.arange(80, 100))


def test_more_folds_than_files_are_refused():
    with pytest.raises(ArgumentError, match='at most 1 folds'):
        assign('', np.zeros(100, np.int64), ratio=(1, 0, 0), fold=(0, 2))


def test_same_content_in_two_splits_is_found_as_pairs():
    contents = np.array([7, 1, 2, 7, 3, 1, 7])
    assigned = {'train': np.array([0, 1, 2]), 'val': np.array([3, 4]), 'test': np.array([5, 6])}
    assert shared_contents(assigned, contents) == [(0, 3), (1, 5), (0, 6), (3, 6)]


def test_same_content_with_two_labels_is_found():
    contents = np.array([7, 1, 7, 1, 7])
    assert other_labels(np.array([0, 0, 0, 1, 1]), contents) == [(1, 3), (0, 4)]
