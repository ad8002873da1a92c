"""Guess of a config for a table: columns, missing cells, sizes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmlesson.apis.own_data.table_guess import guess_table
from mmlesson.datasets.table_reading import TableError

ROWS = 60
NUMBERS = np.random.RandomState(0).normal(size=ROWS)
KINDS = ['a', 'b', 'c'] * (ROWS // 3)


def guess(folder, label=None, encoding='utf-8', **columns):
    file = folder / 'data.csv'
    pd.DataFrame({**columns, 'kind': KINDS}).to_csv(file, index=False, encoding=encoding)
    return guess_table(file, label, encoding)


@pytest.mark.parametrize(
    ('name', 'values', 'reason'),
    [
        ('id', np.random.RandomState(1).permutation(ROWS) * 3, 'an identifier'),
        ('PassengerId', np.arange(ROWS) * 2, 'an identifier'),
        ('编号', [f'n{n}' for n in range(ROWS)], 'an identifier'),
        ('order', np.random.RandomState(1).permutation(ROWS) + 7, 'an identifier'),
        ('text', [f'sentence {n}' for n in range(ROWS)], 'has a different text in each row'),
        ('one', [1] * ROWS, 'it has only one value'),
        ('none', [None] * ROWS, 'it is empty'),
        ('code', ['A1', 'B2', 'C3'] * (ROWS // 3), 'it is the label in other words'),
        ('bad', ['?', *range(ROWS - 1)], "has numbers, but '?' in row 2"),
    ],
)
def test_column_of_no_use_is_left_out_with_the_reason(tmp_path, name, values, reason):
    found = guess(tmp_path, x=NUMBERS, **{name: values})
    (note,) = [note for note in found.notes if note.startswith('left out')]
    assert note.startswith(f'left out {name!r}: {reason}')
    assert "    features=['x']," in found.lines


def test_useful_columns_are_all_kept(tmp_path):
    days = np.arange(ROWS) % 7  # whole numbers, and a column whose name only ends in these letters
    found = guess(tmp_path, x=NUMBERS, day=days, humid=NUMBERS * 2, colour=['r', 'g'] * 30)
    assert not [note for note in found.notes if note.startswith('left out')]
    assert not [line for line in found.lines if 'features=[' in line]
    assert '    backbone=dict(in_features=5, hidden_sizes=(32,)),' in found.lines


def test_missing_cells_become_means_and_missing_labels_are_dropped(tmp_path):
    holes = NUMBERS.copy()
    holes[[3, 5]] = np.nan
    found = guess(tmp_path, x=holes)
    assert "    missing='mean'," in found.lines
    assert any(note.startswith("missing='mean': 2 missing cells") for note in found.notes)
    found = guess(tmp_path, x=holes, species=[None, *KINDS[1:]])
    assert "    missing='drop'," in found.lines
    assert any("missing='drop': 1 labels are missing; 3 of 60" in note for note in found.notes)


def test_encoding_is_kept_and_a_wrong_one_is_refused_in_one_line(tmp_path):
    names = ['猫', '狗'] * (ROWS // 2)
    found = guess(tmp_path, encoding='gbk', x=NUMBERS, 动物=names)
    assert "    encoding='gbk'," in found.lines
    with pytest.raises(TableError, match=r"set --encoding, such as .*'gbk'") as caught:
        guess_table(tmp_path / 'data.csv', None, 'utf-8')
    assert len(str(caught.value).splitlines()) == 1


def test_table_without_a_feature_is_refused(tmp_path):
    with pytest.raises(TableError, match=r"no column to learn from\. left out 'id'"):
        guess(tmp_path, id=range(5, 5 + ROWS))


def test_uneven_classes_are_noted(tmp_path):
    label = ['rare'] * 4 + ['often'] * (ROWS - 4)
    notes = ' '.join(guess(tmp_path, x=NUMBERS, species=label).notes)
    assert "classes are uneven: 34 training samples of the largest, 2 of 'rare'" in notes


def test_parquet_with_lists_is_refused(tmp_path):
    file = tmp_path / 'a.parquet'
    pd.DataFrame({'a': [[1, 2]] * 40, 'class': ['x', 'y'] * 20}).to_parquet(file)
    with pytest.raises(TableError, match="Column 'a' has lists"):
        guess_table(file, None, 'utf-8')


def test_class_named_na_is_no_missing_label(tmp_path):
    file = tmp_path / 'data.csv'
    pd.DataFrame({'x': NUMBERS, 'region': ['NA', 'EU', 'AS'] * (ROWS // 3)}).to_csv(
        file, index=False
    )
    found = guess_table(file, 'region', 'utf-8')
    assert not any('missing' in text for text in (*found.lines, *found.notes))
    assert 'num_classes=3' in '\n'.join(found.lines)


def test_blanks_are_missing_cells(tmp_path):
    blanks = ['  ', *map(str, NUMBERS[1:])]
    found = guess(tmp_path, x=blanks, colour=[' ', *['r', 'g', 'b'] * 19, 'g', 'b'])
    assert any(note.startswith("missing='mean': 2 missing cells") for note in found.notes)


def test_index_without_a_name_is_left_out(tmp_path):
    rows = pd.DataFrame({'x': NUMBERS, 'kind': KINDS}, index=np.arange(ROWS) * 37 % 61)
    rows.to_csv(tmp_path / 'data.csv')
    found = guess_table(tmp_path / 'data.csv', None, 'utf-8')
    assert "left out 'column 1': an identifier, different in each row" in found.notes


def test_first_row_of_cells_is_no_header(tmp_path):
    text = ''.join(f'{x:.2f},{kind}\n' for x, kind in zip(NUMBERS, KINDS, strict=True))
    (tmp_path / 'data.csv').write_text(text)
    with pytest.raises(TableError, match=r'has no header: its first row is .*1\.76, a'):
        guess_table(tmp_path / 'data.csv', None, 'utf-8')


@pytest.mark.parametrize(('name', 'given'), [('label', None), ('illness', 'illness')])
def test_label_named_or_given_may_have_the_class_none(tmp_path, name, given):
    table = pd.DataFrame({'x': NUMBERS, name: ['None', 'mild'] * (ROWS // 2), 'z': NUMBERS})
    table.to_csv(tmp_path / 'data.csv', index=False)
    found = guess_table(tmp_path / 'data.csv', given, 'utf-8')
    assert "classes: 2: ['None', 'mild']" in found.notes
