from __future__ import annotations

import re

import pandas as pd
import pytest

from mmlesson.datasets.table_reading import TableError, read_table


@pytest.fixture
def write(tmp_path):
    def write(content, name='t.csv'):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


@pytest.mark.parametrize('separator', [',', ';', '\t', '|'])
def test_separator_is_found_in_the_header(write, separator):
    file = write('a,b,c\n1,2,x\n3,4,y\n'.replace(',', separator))
    frame = read_table(file)
    assert frame.to_dict('list') == {'a': [1, 3], 'b': [2, 4], 'c': ['x', 'y']}
    assert list(frame.index) == [2, 3]


def test_separator_within_quotes_does_not_count(write):
    assert list(read_table(write('"a;b;c",d\n1,2\n'))) == ['a;b;c', 'd']


def test_byte_order_mark_is_skipped(write):
    assert list(read_table(write('\ufeffa,b\n1,2\n'))) == ['a', 'b']


@pytest.mark.parametrize('encoding', ['cp1252', 'utf-16'])
def test_other_encodings_are_read_if_named(write, encoding):
    file = write('größe,b\n1,é\n'.encode(encoding))
    assert read_table(file, encoding=encoding).to_dict('list') == {'größe': [1], 'b': ['é']}
    with pytest.raises(TableError, match=r"not text in the encoding 'utf-8'\. Save .* encoding="):
        read_table(file)


def test_other_encoding_below_the_header_is_refused(write):
    text = 'a,b\n' + 'x,1\n' * 300_000 + 'é,1\n'  # beyond what is read for the header
    with pytest.raises(TableError, match="not text in the encoding 'utf-8'"):
        read_table(write(text.encode('cp1252')))


def test_blank_lines_count_as_rows_and_are_left_out(write):
    assert list(read_table(write('a,b\n1,2\n\n3,4\n\n')).index) == [2, 4]


def test_columns_are_returned_in_the_order_that_is_asked_for(write):
    assert list(read_table(write('a,b,c\n1,2,3\n'), ['c', 'a'])) == ['c', 'a']


def test_text_columns_keep_their_digits(write):
    frame = read_table(write('a,b\n01,2\n'), text_columns=['a', 'z'])
    assert frame.to_dict('list') == {'a': ['01'], 'b': [2]}


def test_column_without_a_name_is_found_by_its_number(write):
    file = write(',b\n7,2\n8,3\n')
    assert list(read_table(file)) == ['column 1', 'b']
    assert read_table(file, ['column 1'])['column 1'].tolist() == [7, 8]


def test_label_that_is_asked_for_as_text_keeps_its_digits(write):
    frame = read_table(write('a,y\n1,1.0\n2,2.0\n'), text_columns=['y'], label='y')
    assert frame['y'].tolist() == ['1.0', '2.0']


@pytest.mark.parametrize('start', [b'\x1f\x8b\x08', b'PK\3\4', b'\xd0\xcf\x11\xe0'])
def test_compressed_file_and_workbook_are_named_as_such(write, start):
    with pytest.raises(TableError, match='it is a compressed file or a workbook'):
        read_table(write(start + bytes(range(256))))


def test_one_column_is_read_if_it_is_asked_for(write):
    assert read_table(write('a\n1\n2\n'), ['a'])['a'].tolist() == [1, 2]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'is empty'),
        ('\n\n', 'is empty'),
        ('a,b\n', 'no rows below its header'),
        ('a,b\n,\n\n', 'no rows below its header'),
        ('a b\n1 2\n', r"only one column, 'a b', with ',' as separator\. Set separator="),
        ('a,b;c\n1,2;3\n', r'as many columns with comma and semicolon as separators'),
        ('1,2\n3,4\n', 'has no header: its first row is'),
        ('a,b,a\n1,2,3\n', "several columns 'a'"),
        ('a,b\n1,2,3\n4,5,6\n', 'rows have more cells than its header'),
        ('a,b\n1,2\n4,5,6\n', 'Expected 2 fields in line 3, saw 3'),
        ('a,b\n"1,2\n3,4\n', 'EOF inside string'),
        ('a,b\n1\0,2\n', 'not text in the encoding'),
    ],
)
def test_file_that_cannot_be_used_is_refused(write, text, message):
    with pytest.raises(TableError, match=message) as caught:
        read_table(write(text))
    assert '\n' not in str(caught.value)


def test_longer_rows_are_refused_also_if_columns_are_chosen(write):
    with pytest.raises(TableError, match='Expected 3 fields in line 3, saw 4'):
        read_table(write('a,b,c\n1,2,3\n1,2,3,4\n'), ['a', 'b'])


def test_missing_column_is_named_with_the_nearest(write):
    with pytest.raises(TableError, match=r"no column 'colour', but 'color', 'b'\. Did you mean"):
        read_table(write('color,b\n1,2\n'), ['colour'])


def test_missing_file_is_named_with_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TableError, match=re.escape(str(tmp_path / 'no.csv'))):
        read_table((tmp_path / 'no.csv').relative_to(tmp_path))


def test_unknown_suffix_and_encoding_are_refused(write):
    with pytest.raises(TableError, match=r'of the kind \.csv, \.tsv'):
        read_table(write('a,b\n1,2\n', 't.xlsx'))
    with pytest.raises(TableError, match="that Python knows, got 'utf8x'"):
        read_table(write('a,b\n1,2\n'), encoding='utf8x')


def test_parquet_has_the_values_of_the_csv(write, tmp_path):
    file = write('a,b\n1,x\n2,y\n')
    pd.read_csv(file).to_parquet(tmp_path / 't.parquet')
    pd.testing.assert_frame_equal(
        read_table(tmp_path / 't.parquet', ['b', 'a']), read_table(file, ['b', 'a'])
    )
    with pytest.raises(TableError, match="no column 'c', but 'a', 'b'"):
        read_table(tmp_path / 't.parquet', ['c'])


def test_named_index_of_parquet_is_a_column_and_row_numbers_are_none(tmp_path):
    frame = pd.DataFrame({'a': [1, 2], 'b': [3, 4], 'c': [5, 6]}, index=[9, 4])
    frame.to_parquet(tmp_path / 'numbers.parquet')
    assert list(read_table(tmp_path / 'numbers.parquet')) == ['a', 'b', 'c']
    frame.set_index(['a', 'b']).to_parquet(tmp_path / 'named.parquet')
    for columns in (['a', 'b', 'c'], ['c', 'b'], ['a']):
        found = read_table(tmp_path / 'named.parquet', columns)
        assert found.to_dict('list') == frame[columns].to_dict('list')
    assert sorted(read_table(tmp_path / 'named.parquet')) == ['a', 'b', 'c']


def test_damaged_parquet_is_refused(write):
    with pytest.raises(TableError, match='cannot be read'):
        read_table(write('a,b\n1,2\n', 't.parquet'))


def test_names_of_parquet_columns_become_texts(tmp_path):
    pd.DataFrame([[1, 2], [3, 4]], columns=[0, 1]).to_parquet(tmp_path / 'a.parquet')
    assert read_table(tmp_path / 'a.parquet', ['1'])['1'].tolist() == [2, 4]


def test_only_an_empty_cell_of_the_label_is_missing(write):
    frame = read_table(write('a,y\n1,NA\n2,01\n\n3,\n4, b \n'), label='y')
    assert frame['y'].dropna().tolist() == ['NA', '01', ' b ']
    assert read_table(write('a,y\nNA,1\n2,0\n'), label='y')['a'].isna().tolist() == [True, False]
    assert list(frame.index) == [2, 3, 5, 6]


@pytest.mark.parametrize(
    ('cells', 'expected'),
    [('10 9 -1', [10, 9, -1]), ('1.0 2 1e3', [1, 2, 1000]), ('1 01 2', ['1', '01', '2'])],
)
def test_label_is_a_number_if_all_cells_are(write, cells, expected):
    text = '\n'.join(['a,y', *(f'0,{cell}' for cell in cells.split())])
    assert read_table(write(text), label='y')['y'].tolist() == expected


@pytest.mark.parametrize(
    'labels',
    [
        ['red', '01', '1'],
        ['inf', '1', '2'],
        ['infinity', 'nan', 'NaN'],
        ['TRUE', 'False', 'true'],
        ['a', 'TRUE', 'FALSE'],
    ],
)
def test_labels_of_which_some_are_no_numbers_stay_as_they_are_written(write, labels):
    text = 'a,y\n' + ''.join(f'1,{label}\n' for label in labels)
    assert read_table(write(text), label='y')['y'].tolist() == labels


def test_labels_that_are_words_first_and_numbers_far_below_stay_as_they_are_written(write):
    # pandas finds the type of 2^18 rows at a time.
    labels = ['red'] * 300_000 + ['01'] * 300_000
    text = 'a,y\n' + ''.join(f'1,{label}\n' for label in labels)
    frame = read_table(write(text), label='y')
    assert frame['y'].tolist() == labels
