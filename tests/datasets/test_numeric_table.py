from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmlesson.datasets import TableDataset, numeric_table
from mmlesson.datasets.labelled_table import LabelledTable
from mmlesson.datasets.numeric_table import read_numeric_table
from mmlesson.datasets.table_reading import TableError

ROWS = '5,1.5,u\n3,2.5,v\n9,0.5,u\n4,7.5,v\n1,6.5,u\n'
NUMERIC = {
    'whole numbers and others': ROWS,
    'whole numbers in one piece only': '1,1,u\n2,2,v\n3,3,u\n4,4,v\n0.5,1e-3,u\n',
    'numbers beyond 2^53': '9007199254740993,1,u\n9007199254740995,9,v\n7,1.5,u\n4,4,v\n',
    'rounding to float32': '0.1,16777217,u\n0.7,16777219,v\n1e-46,-3.4028234e38,u\n1,1,v\n',
    'labels that are numbers': '5,1.5,10\n3,2.5,9\n9,0.5,-1\n4,7.5,10\n1,6.5,9\n',
    'labels that look like numbers': '5,1.5,1\n3,2.5,01\n9,0.5,1\n4,7.5,01\n',
    'NA is a class': '5,1.5,NA\n3,2.5,v\n9,0.5,NA\n4,7.5,v\n',
    'blank label': '5,1.5,u\n3,2.5, \n9,0.5,u\n4,7.5,v\n',
    'quotes': '"5","1.5","u"\n3,2.5,"v"\n9,0.5,"u,u"\n4,7.5,"v"\n',
    'label of one class': ROWS.replace('v', 'u'),
    'a class for each row': '5,1,a\n3,2,b\n9,3,c\n4,7,d\n',
    'counts the rows in float32': '1,1,u\n2,5,v\n3,9,u\n4,4,v\n5.0000001,1,v\n',
}
OTHER = {
    'text': ROWS.replace('1.5', 'x').replace('2.5', 'y'),
    'text in a later piece': ROWS.replace('6.5', 'x'),
    'text that begins with numbers': ROWS.replace('7.5', 'x').replace('6.5', 'y') + '3,z,u\n',
    'number as text in a later piece': '01,1,u\n1,2,v\n01,4,u\nx,4,v\ny,4,u\nx,1,v\n',
    'True and False': '5,True,u\n3,False,v\n9,True,u\n4,False,v\n1,True,u\n',
    'True in a later piece': ROWS.replace('6.5', 'True'),
    'missing cell': ROWS.replace('2.5', ''),
    'missing cell in a later piece': ROWS.replace('6.5', 'NA'),
    'column without a value': '5,,u\n3,,v\n9,,u\n4,,v\n',
    'missing label': ROWS.replace('6.5,u', '6.5,'),
    'blank line': ROWS + '\n2,2,u\n',
    'blank lines at the end': ROWS + '\n\n',
    'infinite': ROWS.replace('7.5', 'inf'),
    'beyond float32': ROWS.replace('7.5', '-3.5e38'),
    'integer beyond 64 bits': ROWS.replace('9,', '36893488147419103232,'),
    'unsigned': ROWS.replace('9,', '18446744073709551615,'),
    'too close for float32': '5,1000001,u\n3,1000002,v\n9,1000003,u\n4,1000004,v\n',
    'counts the rows': '5,1,u\n3,2,v\n9,3,u\n4,4,v\n',
    'has the bounds of a counter': '1,1,u\n2.5,5,v\n3,9,u\n5,4,v\n4,1,v\n',
    'counts the rows from 0': '0,1,u\n1,8,v\n2,3,u\n3,3,v\n',
    'longer row': ROWS + '1,2,u,4\n',
    'longer rows': '5,1.5,u,9\n3,2.5,v,9\n9,0.5,u,9\n',
    'shorter row': ROWS + '1\n',
    'open quote': ROWS + '1,2,"u\n',
    'decimal comma': '5;"1,5";u\n3;"2,5";v\n9;"3,5";u\n4;"2,5";v\n',
    'no rows': '',
}


@pytest.fixture
def in_pieces(monkeypatch):
    monkeypatch.setattr(numeric_table, 'LARGE', 0)
    monkeypatch.setattr(numeric_table, '_PIECE', 6)  # cells: two rows of three columns


def write(folder, rows, name='t.csv'):
    file = folder / name
    separator = ';' if ';' in rows else ','
    file.write_text(f'a,b,y\n{rows}'.replace('a,b,y', separator.join('aby')), 'utf-8')
    return file


def outcome(file, act, features=None):
    """Return all that a table shows of itself, or its error."""
    try:
        table = LabelledTable([file], 'y', features)
        act(table)
    except TableError as err:
        return str(err)
    stacked = table.stack()
    columns = [(column.name, column.categories, column.values.tolist()) for column in table.columns]
    rows = [table.where(place) for place in range(len(table.labels))]
    facts = (table.labels.tolist(), table.classes, table.sources.tolist(), table.dropped)
    names = [(name, categories) for name, categories, _ in columns]
    return facts, rows, names, stacked.dtype, stacked.shape, stacked.tobytes()


ACTS = {
    'error': lambda table: table.refuse_missing(cells=True),
    'mean': lambda table: table.refuse_missing(cells=False),
    'drop': LabelledTable.drop,
}


@pytest.mark.parametrize('features', [None, ['b'], ['b', 'a'], ['c']])
@pytest.mark.parametrize('act', ACTS)
@pytest.mark.parametrize('rows', [*NUMERIC.values(), *OTHER.values()], ids=[*NUMERIC, *OTHER])
def test_table_in_pieces_is_that_of_the_whole_file(tmp_path, request, rows, act, features):
    file = write(tmp_path, rows)
    whole = outcome(file, ACTS[act], features)
    request.getfixturevalue('in_pieces')
    assert outcome(file, ACTS[act], features) == whole


@pytest.mark.parametrize('rows', NUMERIC.values(), ids=NUMERIC)
def test_numbers_are_those_of_pandas_as_float32(tmp_path, in_pieces, rows):
    file = write(tmp_path, rows)
    labels, names, values = read_numeric_table(file, 'y', ['b', 'a'], None, 'utf-8')
    oracle = pd.read_csv(file)[['b', 'a']].to_numpy(np.float64).astype(np.float32)
    assert (names, values.tobytes()) == (['b', 'a'], oracle.tobytes())
    assert labels.index.tolist() == list(range(2, 2 + len(oracle)))


@pytest.mark.parametrize('rows', OTHER.values(), ids=OTHER)
def test_other_table_is_left_to_read_table(tmp_path, in_pieces, rows):
    assert read_numeric_table(write(tmp_path, rows), 'y', None, None, 'utf-8') is None


def test_other_file_is_left_to_read_table(tmp_path, monkeypatch):
    options = ('y', None, None, 'utf-8')
    assert read_numeric_table(write(tmp_path, ROWS), *options) is None  # small
    monkeypatch.setattr(numeric_table, 'LARGE', 0)
    assert read_numeric_table(write(tmp_path, ROWS), 'z', *options[1:]) is None
    assert read_numeric_table(tmp_path / 'no.csv', *options) is None
    assert read_numeric_table(write(tmp_path, ROWS, 't.parquet'), *options) is None


def test_encoding_below_the_header_is_refused_in_pieces_too(tmp_path, in_pieces):
    (tmp_path / 't.csv').write_bytes(b'a,b,y\n' + b'5,1.5,u\n' * 140_000 + b'3,2.5,\xe9\n')
    with pytest.raises(TableError, match="not text in the encoding 'utf-8'"):
        LabelledTable([tmp_path / 't.csv'], 'y')


def test_other_columns_need_not_be_numbers(tmp_path, in_pieces):
    file = write(tmp_path, OTHER['text in a later piece'])
    _, _, values = read_numeric_table(file, 'y', ['a'], None, 'utf-8')
    assert values[:, 0].tolist() == [5, 3, 9, 4, 1]


def test_dataset_in_pieces_has_the_hash_of_the_whole(tmp_path, request):
    rows = ''.join(f'{value:.17g},{value**3:.17g},{value > 0}\n' for value in np.sin(range(60)))
    options = {'path': str(write(tmp_path, rows)), 'label': 'y'}
    whole = TableDataset('val', **options)
    request.getfixturevalue('in_pieces')
    pieces = TableDataset('val', **options)
    assert pieces.source_sha256 == whole.source_sha256
    assert pieces._inputs.numpy().tobytes() == whole._inputs.numpy().tobytes()
    assert pieces.metainfo == whole.metainfo
