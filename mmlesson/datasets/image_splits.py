"""Splits of image files: by their folders, and without the same image in two splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.splits import SPLIT_NAMES, fold_indices, split_indices

Indices = npt.NDArray[np.int64]
Assigned = dict[str, Indices]


def assign_files(
    folders: npt.NDArray[Any],
    contents: Indices,
    strata: npt.NDArray[Any],
    ratio: Sequence[float],
    seed: int,
    fold: Sequence[int] | None,
) -> Assigned:
    """Assign files to splits.

    A file in the folder of 'val' or 'test' belongs to that split. The others are divided, among
    'train' and the splits that have no folder, by their fractions. Files of the same content are
    divided as one, so that none of them is a training sample and a test sample.

    Args:
        folders: Split whose folder each file is in, (N,); '' in a layout without such folders.
        contents: Hash of the content of each file, (N,).
        strata: Class of each file, (N,).
        ratio: Fractions of train, val and test.
        seed: Seed of the assignment.
        fold: (k, n) for cross-validation: 'train' and 'val' are joined and divided into n folds.

    Returns:
        Sorted int64 indices into the files for each of 'train', 'val' and 'test'.
    """
    fixed = {name: np.flatnonzero(folders == name) for name in ('val', 'test')}
    free = np.flatnonzero(~np.isin(folders, ('val', 'test')))
    open_ratio = [
        0.0 if len(fixed.get(name, ())) else fraction
        for name, fraction in zip(SPLIT_NAMES, ratio, strict=True)
    ]
    parts = {}
    if sum(open_ratio) > 0:
        scaled = [fraction / sum(open_ratio) for fraction in open_ratio]
        first = _first_of_each(free, contents)
        of_first = split_indices(strata[first], scaled, seed)
        parts = {name: _with_copies(first[rows], free, contents) for name, rows in of_first.items()}
    none = np.empty(0, np.int64)
    assigned = {
        name: fixed[name] if len(fixed.get(name, none)) else parts.get(name, none)
        for name in SPLIT_NAMES
    }
    if fold is None:
        return assigned
    rest = np.concatenate([assigned['train'], assigned['val']])
    folds = fold_indices(strata, _first_of_each(rest, contents), fold, seed)
    return {**assigned, **{k: _with_copies(rows, rest, contents) for k, rows in folds.items()}}


def shared_contents(assigned: Assigned, contents: Indices) -> list[tuple[int, int]]:
    """Return pairs of files with the same content in two splits."""
    pairs = []
    for place, name in enumerate(SPLIT_NAMES):
        seen = {int(contents[row]): int(row) for row in assigned[name]}
        for other in SPLIT_NAMES[place + 1 :]:
            rows = assigned[other][np.isin(contents[assigned[other]], list(seen))]
            pairs += [(seen[int(contents[row])], int(row)) for row in rows]
    return pairs


def other_labels(labels: Indices, contents: Indices) -> list[tuple[int, int]]:
    """Return pairs of files with the same content in two classes."""
    _, first, inverse = np.unique(contents, return_index=True, return_inverse=True)
    rows = np.flatnonzero(labels != labels[first[inverse]])
    return [(int(first[inverse[row]]), int(row)) for row in rows]


def _first_of_each(rows: Indices, contents: Indices) -> Indices:
    """Return, sorted, the first of the rows that have the same content."""
    rows = np.sort(rows)
    return np.asarray(rows[np.sort(np.unique(contents[rows], return_index=True)[1])], np.int64)


def _with_copies(chosen: Indices, rows: Indices, contents: Indices) -> Indices:
    """Return, sorted, those of the rows whose content is that of a chosen row."""
    return np.sort(rows[np.isin(contents[rows], contents[chosen])])
