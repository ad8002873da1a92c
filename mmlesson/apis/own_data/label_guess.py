"""Guess of the label column of a table, and reasons for which a column is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlesson.datasets.table_columns import MAX_CATEGORIES, parse_labels
from mmlesson.datasets.table_reading import TableError
from mmlesson.errors import did_you_mean, shorten

_ENGLISH = ('label', 'labels', 'class', 'classes', 'target', 'species', 'category')
NAMES = (*_ENGLISH, '标签', '类别', '分类', '类')
"""Names of label columns, the surest first."""

_FEW = 20  # whole numbers that may be classes in a table of any size


def guess_label(frame: Any, path: str, given: str | None) -> tuple[str, str]:
    """Return the label column of a table, and why it is.

    It is the column with one of the usual names, or 'y'; otherwise the last one of texts;
    otherwise the last one, if its numbers are whole and few.

    Args:
        frame: ``DataFrame``.
        path: Name of the file, for messages.
        given: Column that the user names, or None.

    Raises:
        TableError: If that column, or no column, can be the label; the message says why.
    """
    columns = [str(name) for name in frame.columns]
    if given is not None:
        if given not in columns:
            raise TableError(
                f'{path} has no column {given!r}, but {shorten(columns, 300)}.'
                f'{did_you_mean(given, columns)}'
            )
        return _accepted(frame, path, given), 'as given'
    usual, y = usual_label(columns), usual_label(columns, ['y'])
    if usual is not None:
        return _accepted(frame, path, usual), 'by its name'
    if y is not None and label_fault(frame[y]) is None:
        return y, 'by its name'
    for name in reversed(columns):
        if is_text(frame[name]) and label_fault(frame[name]) is None:
            return name, 'the last column of texts'
    return _accepted(frame, path, columns[-1]), 'the last column'


def usual_label(columns: Sequence[str], names: Sequence[str] = NAMES) -> str | None:
    """Return the column with the first of the names, which are the usual ones, or None."""
    by_name = {name.strip().casefold(): name for name in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name), None)


def _accepted(frame: Any, path: str, name: str) -> str:
    fault = label_fault(frame[name])
    if fault is not None:
        raise TableError(
            f'{path}: the column {name!r} cannot be the label: {fault} If another column is the '
            'label, name it by --label.'
        )
    return name


def is_text(series: Any) -> bool:
    """Return whether the cells of a column are texts, or True and False."""
    from pandas.api import types

    return not types.is_numeric_dtype(series.dtype) or types.is_bool_dtype(series.dtype)


def label_fault(series: Any) -> str | None:
    """Return a sentence on why a column has no classes, or None."""
    regression = (
        'This looks like regression, and only classification is trained here. Group the values '
        'into classes.'
    )
    try:
        labels, names = parse_labels(series, lambda row: f'row {series.index[row]}')
    except TableError:
        return f'it has {series.nunique()} different numbers, not all of them whole. {regression}'
    rows = int((labels >= 0).sum())
    if len(names) < 2:
        value = f'has only the value {shorten(names[0], 40)}' if names else 'is empty'
        return f'it {value}, and at least two classes are needed.'
    if not is_text(series) and len(names) > max(_FEW, rows / 10):
        return f'it has {len(names)} different numbers in {rows} rows. {regression}'
    if len(names) > max(2, rows / 2) or len(names) > MAX_CATEGORIES:
        return f'it has {len(names)} different texts in {rows} rows: these are no classes.'
    if np.bincount(labels[labels >= 0]).max() < 2:
        return 'each of its values occurs once.'
    return None
