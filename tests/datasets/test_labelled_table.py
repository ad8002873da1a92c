from __future__ import annotations

import numpy as np
import pytest

from mmlesson.datasets.labelled_table import LabelledTable
from mmlesson.datasets.table_reading import TableError


def table(folder, *texts, features=None):
    files = []
    for place, text in enumerate(texts):
        files.append(folder / f'{place}.csv')
        files[-1].write_text(text)
    return LabelledTable(files, 'y', features)


def test_columns_are_side_by_side(tmp_path):
    found = table(tmp_path, 'b,y,a\n4,u,x\n2,v,z\n3,u,x\n')
    assert (found.classes, found.labels.tolist()) == (('u', 'v'), [0, 1, 0])
    np.testing.assert_array_equal(found.stack(), np.array([[4, 0], [2, 1], [3, 0]], np.float32))


def test_rows_of_several_files_are_named_with_the_file(tmp_path):
    found = table(tmp_path, 'a,y\n5,u\n6,v\n7,v\n', 'y,a\nu,8\n')
    assert found.stack()[:, 0].tolist() == [5, 6, 7, 8]
    assert found.sources.tolist() == [0, 0, 0, 1]
    assert found.where(1) == f'row 3 of {tmp_path / "0.csv"}'
    assert found.where(3) == f'row 2 of {tmp_path / "1.csv"}'


def test_missing_cells_are_counted_with_their_first_row(tmp_path):
    found = table(tmp_path, 'a,b,y\n1,x,u\n,x,v\n,NA,v\n2,x,u\n')
    found.refuse_missing(cells=False)
    message = r"2 in 'a' \(first in row 3\), 1 in 'b' \(first in row 4\)\. Fill them, or set"
    with pytest.raises(TableError, match=message):
        found.refuse_missing(cells=True)


def test_missing_labels_are_refused_with_their_first_row(tmp_path):
    found = table(tmp_path, 'a,y\n1,u\n5,v\n2,\n3,v\n')
    with pytest.raises(TableError, match=r"1 rows without a label 'y', first row 4"):
        found.refuse_missing(cells=False)


def test_dropped_rows_are_counted(tmp_path):
    found = table(tmp_path, 'a,b,y\n1,x,u\n,x,v\n3,,v\n4,x,\n5,z,v\n')
    found.drop()
    assert (found.dropped, found.labels.tolist()) == (3, [0, 1])
    assert found.stack()[:, 0].tolist() == [1, 5]
    assert found.where(1) == 'row 6'


def test_table_without_a_complete_row_is_refused(tmp_path):
    found = table(tmp_path, 'a,b,y\n1,,u\n,2,v\n3,,v\n')
    with pytest.raises(TableError, match='no row without missing cells'):
        found.drop()


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('a,z\n1,u\n', "no column 'y', but 'a', 'z'"),
        ('y,\nu,\nv,\nu,\n', 'column 2'),
        ('a,y\n1,u\n2,u\n', '1 different values in 2 rows: these are no classes'),
        ('a,y\n1,u\n2,v\n4,w\n', '3 different values in 3 rows: these are no classes'),
        ('Id,a,y\n1,5,u\n2,5,v\n3,5,v\n', "'Id' of .* counts the rows"),
        (',a,y\n0,5,u\n1,5,v\n2,5,v\n', "'column 1' of .* counts the rows"),
    ],
)
def test_table_of_no_use_is_refused(tmp_path, text, message):
    with pytest.raises(TableError, match=message):
        table(tmp_path, text).refuse_missing(cells=True)


def test_column_that_counts_the_rows_is_used_if_it_is_named(tmp_path):
    found = table(tmp_path, 'Id,a,y\n1,5,u\n2,5,v\n3,5,v\n', features=['Id'])
    assert found.stack()[:, 0].tolist() == [1, 2, 3]


def test_class_that_the_training_file_does_not_have_is_refused(tmp_path):
    with pytest.raises(TableError, match=r"row 3 of \S+1\.csv has the label 'w', which the tr"):
        table(tmp_path, 'a,y\n5,u\n6,v\n7,v\n', 'a,y\n5,u\n8,w\n')


def test_texts_of_the_training_file_are_texts_in_the_others_too(tmp_path):
    found = table(
        tmp_path,
        'a,y\nTRUE,1.0\nFALSE,2.0\nno,n\n01,1.0\n',
        'a,y\nTRUE,1.0\nFALSE,2.0\n',
        'a,y\n01,2.0\n',
    )
    assert found.columns[0].categories == ('01', 'FALSE', 'TRUE', 'no')
    assert found.columns[0].values.tolist() == [2, 1, 3, 0, 2, 1, 0]
    assert found.classes == ('1.0', '2.0', 'n')
    assert found.labels.tolist() == [0, 1, 2, 0, 0, 1, 1]


def test_texts_where_the_training_file_has_numbers_are_refused(tmp_path):
    with pytest.raises(TableError, match=r"'a' has numbers in .*0\.csv, but texts in .*1\.csv"):
        table(tmp_path, 'a,y\n1,u\n2,v\n3,v\n', 'a,y\nx,u\ny,v\nz,v\nx,v\n')
