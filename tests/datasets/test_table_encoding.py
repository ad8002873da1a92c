from __future__ import annotations

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder

from mmlesson.datasets.table_encoding import ColumnEncoding, TableEncoding
from mmlesson.errors import ArgumentError


def encoded(column, values):
    return TableEncoding('y', (column,)).encode([np.array(values, float)])


def test_means_are_those_of_scikit_learns_imputer():
    train, new = [1.0, np.nan, 4.0, 10.0], [np.nan, 2.0]
    oracle = SimpleImputer().fit(np.array(train)[:, None]).transform(np.array(new)[:, None])
    column = ColumnEncoding.fit('a', np.array(train), None, fills=True)
    np.testing.assert_array_equal(encoded(column, new), oracle)


def test_texts_are_encoded_as_by_scikit_learn():
    texts = ('u', 'v', 'w', 'x')  # of the complete table; v is not in the training split
    train, new = np.array([3.0, 0, 2, 3]), np.array([0.0, 1, 2, 3])
    oracle = OneHotEncoder(handle_unknown='ignore', sparse_output=False)
    oracle.fit([[texts[int(code)]] for code in train])
    column = ColumnEncoding.fit('a', train, texts, fills=False)
    assert column.categories == ('u', 'w', 'x')
    np.testing.assert_array_equal(
        encoded(column, column.translate(new, texts)),
        oracle.transform([[texts[int(code)]] for code in new]),
    )


def test_missing_text_becomes_the_mean_of_the_one_hot_vectors():
    column = ColumnEncoding.fit('a', np.array([0.0, 1, 1, 1, np.nan]), ('u', 'v'), fills=True)
    np.testing.assert_array_equal(encoded(column, [np.nan, 1]), [[0.25, 0.75], [0, 1]])


def test_inputs_are_in_the_order_of_the_columns():
    table = TableEncoding('y', (ColumnEncoding('a'), ColumnEncoding('b', ('u', 'v'))))
    assert table.names == ('a', 'b=u', 'b=v')
    inputs = table.encode([np.array([5.0, 6]), np.array([1.0, 0])])
    np.testing.assert_array_equal(inputs, [[5, 0, 1], [6, 1, 0]])


def test_plain_data_describe_the_encoding():
    columns = (ColumnEncoding('a', None, (1.5,)), ColumnEncoding('b', ('u', 'v')))
    table = TableEncoding('y', columns, ';', 'cp1252')
    assert TableEncoding.from_plain(table.to_plain()) == table


@pytest.mark.parametrize(
    'change',
    [*({'columns': found} for found in (3, [], [{}], [{'name': 'a'}])), {'separator': ''}],
)
def test_damaged_description_is_refused(change):
    plain = TableEncoding('y', (ColumnEncoding('a'),)).to_plain()
    with pytest.raises(ArgumentError, match='damaged description of its training table'):
        TableEncoding.from_plain({**plain, **change})


def test_means_must_fit_the_categories():
    column = {'name': 'a', 'categories': ['u', 'v'], 'fill': [1.0]}
    plain = {**TableEncoding('y', ()).to_plain(), 'columns': [column]}
    with pytest.raises(ArgumentError, match="'a' has 1 means"):
        TableEncoding.from_plain(plain)


def test_column_without_a_value_in_the_training_split_is_refused():
    with pytest.raises(ArgumentError, match="'a' has no value in the training split"):
        ColumnEncoding.fit('a', np.array([np.nan]), None, fills=True)
