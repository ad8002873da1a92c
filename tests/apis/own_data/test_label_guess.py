"""Guess of the label column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmlesson.apis.own_data.label_guess import guess_label, label_fault
from mmlesson.datasets.table_reading import TableError

TEXTS = ['a', 'b'] * 20
FLOATS = [number / 7 for number in range(40)]
BITS = [0, 1] * 20


@pytest.mark.parametrize(
    ('columns', 'label'),
    [
        ({'x': FLOATS, 'kind': TEXTS, 'z': FLOATS}, 'kind'),
        ({'Species': TEXTS, 'x': FLOATS, 'city': TEXTS}, 'Species'),
        ({'label': BITS, 'p1': FLOATS, 'p2': FLOATS}, 'label'),
        ({'类别': TEXTS, 'x': FLOATS, 'z': TEXTS}, '类别'),
        ({'x': FLOATS, 'y': FLOATS, 'colour': TEXTS}, 'colour'),
        ({'x': FLOATS, 'y': BITS, 'colour': TEXTS}, 'y'),
        ({'x': FLOATS, 'survived': BITS}, 'survived'),
        ({'x': FLOATS, 'right': [True, False] * 20, 'z': FLOATS}, 'right'),
        ({'kind': TEXTS, 'note': [f'text {n}' for n in range(40)]}, 'kind'),
    ],
)
def test_label_is_known_by_name_or_is_the_last_column_of_texts(columns, label):
    assert guess_label(pd.DataFrame(columns), 'x.csv', None)[0] == label


@pytest.mark.parametrize(
    ('columns', 'message'),
    [
        ({'kind': TEXTS, 'target': FLOATS}, "'target' cannot be the label: it has 40 different"),
        ({'x': FLOATS, 'price': list(range(40))}, "'price' .* 40 different numbers in 40 rows"),
        ({'x': FLOATS, 'price': FLOATS}, 'regression, and only classification'),
        ({'x': FLOATS, 'class': ['a'] * 40}, "it has only the value 'a'"),
        ({'x': FLOATS, 'class': [np.nan] * 40}, 'it is empty'),
    ],
)
def test_column_that_cannot_be_the_label_is_refused_with_the_reason(columns, message):
    with pytest.raises(TableError, match=message):
        guess_label(pd.DataFrame(columns), 'x.csv', None)


def test_given_column_is_used_or_refused():
    frame = pd.DataFrame({'kind': TEXTS, 'x': FLOATS, 'other': TEXTS})
    assert guess_label(frame, 'x.csv', 'kind') == ('kind', 'as given')
    with pytest.raises(TableError, match=r"no column 'knd'.* Did you mean 'kind'"):
        guess_label(frame, 'x.csv', 'knd')
    with pytest.raises(TableError, match="'x' cannot be the label"):
        guess_label(frame, 'x.csv', 'x')


def test_texts_that_are_different_in_most_rows_are_no_classes():
    assert 'no classes' in label_fault(pd.Series([f'name {n}' for n in range(40)]))
    assert label_fault(pd.Series(TEXTS)) is None
