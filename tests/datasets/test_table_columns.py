from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmlesson.datasets.table_columns import parse_column, parse_labels, parse_numbers, parse_texts
from mmlesson.datasets.table_reading import TableError


def where(position):
    return f'row {position + 2}'


def column(values, **options):
    return pd.Series(values, name='a', **options)


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        ([1, 2], [1, 2]),
        ([1.5, None], [1.5, np.nan]),
        ([True, False], [1, 0]),
        (np.array([True, None], object), [1, np.nan]),
        (['1', ' 2 ', '1e3'], [1, 2, 1000]),
    ],
)
def test_numbers_are_read_as_they_are(values, expected):
    found = parse_column(column(values), where)
    assert found.categories is None
    np.testing.assert_array_equal(found.values, expected)


def test_texts_become_indices_of_the_sorted_categories():
    found = parse_column(column(['b ', 'a', None, ' b', ' ']), where)
    assert found.categories == ('a', 'b')
    np.testing.assert_array_equal(found.values, [1, 0, np.nan, 1, np.nan])


@pytest.mark.parametrize('values', [['1.2.3', '1.10.0'], ['10-20', '3rd'], ['a,b', '1,2,3,4']])
def test_texts_with_digits_are_no_numbers(values):
    assert parse_column(column(values), where).categories == tuple(sorted(values))


def test_categories_of_parquet_are_texts():
    found = parse_column(column(['x', 'y', 'x'], dtype='category'), where)
    assert (found.categories, found.values.tolist()) == (('x', 'y'), [0, 1, 0])


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ([1.0, np.inf], "'a' has inf in row 3, which is infinite or beyond float32"),
        ([1.0, -1e300], r"'a' has -1e\+300 in row 3"),
        (['1', 'x', '2', '?'], r"has numbers, but 'x' in row 3, '\?' in row 5\. Correct"),
        (['1'] * 5 + ['x'] * 5, r"'x' in row 7, 'x' in row 8, 'x' in row 9, and 2 more\."),
        ([f'id{n}' for n in range(11)], 'a different text in each row'),
        ([f'id{n % 1001}' for n in range(1500)], '1001 different texts, more than 1000'),
        (['1,5', '2,5', '1,5'], r"commas or signs, such as '1,5'\. .* decimal point"),
        ([f'{n},5' for n in range(20)], r"commas or signs, such as '0,5'\."),
        (['1,234.50', '-1.234,5', 'x'], r"commas or signs, such as '1,234\.50'\."),
        (['45%', '$3', '7 €', '-$1,000'], r"commas or signs, such as '45%'\."),
        (pd.to_datetime(['2020-01-01', '2020-01-02']), 'neither numbers nor text'),
        ([1_700_000_000, 1_700_000_001], 'too close to each other for float32'),
    ],
)
def test_column_of_no_use_is_refused(values, message):
    with pytest.raises(TableError, match=message):
        parse_column(column(values), where)


def test_hundred_thousand_categories_are_refused():
    with pytest.raises(TableError, match='100000 different texts'):
        parse_column(column([f'{n % 100_000}x' for n in range(200_000)]), where)


def test_cell_that_is_no_number_is_nan():
    np.testing.assert_array_equal(parse_numbers(column(['1', 'x', None])), [1, np.nan, np.nan])


def test_whole_numbers_among_texts_have_no_decimal_point():
    codes, texts = parse_texts(column(np.array([1.0, 'x', 2], object)))
    assert (codes.tolist(), texts) == ([0, 2, 1], ['1', '2', 'x'])


@pytest.mark.parametrize(
    ('values', 'labels', 'names'),
    [
        (['b', 'a', None, 'b '], [1, 0, -1, 1], ['a', 'b']),
        ([10, 9, 10], [1, 0, 1], ['9', '10']),
        ([-1.0, 1.0, np.nan], [0, 1, -1], ['-1', '1']),
        ([True, False], [1, 0], ['False', 'True']),
        (['甲', '乙'], [1, 0], ['乙', '甲']),
    ],
)
def test_labels_become_sorted_classes(values, labels, names):
    found = parse_labels(column(values), where)
    assert (found[0].tolist(), list(found[1])) == (labels, names)


@pytest.mark.parametrize('dtype', ['int64', 'uint64', 'Int64'])
def test_whole_numbers_that_float64_does_not_tell_apart_are_classes(dtype):
    values = [2**53 + 1, 2**53, 2**53 + 1]
    labels, names = parse_labels(column(values, dtype=dtype), where)
    assert (labels.tolist(), names) == ([1, 0, 1], [str(2**53), str(2**53 + 1)])


def test_missing_whole_number_is_no_class():
    labels, names = parse_labels(column([7, None, 3], dtype='Int64'), where)
    assert (labels.tolist(), names) == ([1, -1, 0], ['3', '7'])


def test_labels_that_are_measurements_are_refused():
    with pytest.raises(TableError, match=r'has 1\.5 in row 3: classes must be texts or whole'):
        parse_labels(column([1.0, 1.5]), where)


def test_lists_in_cells_are_refused():
    with pytest.raises(TableError, match="Column 'a' has lists in its cells"):
        parse_texts(pd.Series([[1], [2]], name='a'))
