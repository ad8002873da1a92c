import os
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mmlesson.apis.inference.array_format import ArrayFormat
from mmlesson.apis.inference.input_reader import InputReader
from mmlesson.errors import UserError


@pytest.fixture
def reader():
    return InputReader(ArrayFormat('XOR', (2,)))


def test_pattern_is_expanded_in_order(tmp_path):
    for name in ('b.png', 'a.png', 'c.txt'):
        Image.new('L', (4, 4)).save(tmp_path / name, format='PNG')
    items = InputReader(ArrayFormat('Grey', (1, 4, 4))).expand([str(tmp_path / '*.png')])
    assert items == [tmp_path / 'a.png', tmp_path / 'b.png']


def test_pattern_without_files_is_listed(reader, tmp_path):
    assert reader.expand([str(tmp_path / '*.png')]) == []
    assert reader.failed[0]['reason'] == 'no file matches it.'


def test_data_frame_of_numbers_has_a_sample_in_each_row(reader):
    (item,) = reader.expand(pd.DataFrame({'y': [1.0, 2.0], 'x': [3, 4]}, index=['a', 'b']))
    assert list(item.names) == ['table[0]', 'table[1]']
    assert item.values.tolist() == [[1, 3], [2, 4]]


def test_data_frame_of_text_is_refused_for_a_model_of_points(reader):
    with pytest.raises(UserError, match='must hold numbers, got dtype object'):
        reader.expand(pd.DataFrame({'x': [1.0], 'y': ['far']}))


@pytest.mark.parametrize('name', ['x' * 5000, 'x\0/*', 'x\0'])
def test_impossible_name_is_listed(reader, tmp_path, name):
    np.save(tmp_path / 'y.npy', np.ones(2))
    assert reader.expand([name, str(tmp_path / 'y.npy')]) == [tmp_path / 'y.npy']
    assert [failure['source'] for failure in reader.failed] == [name]


def test_bad_entry_of_a_list_does_not_stop_the_others(reader):
    items = reader.expand([np.zeros(3), 7, np.ones(2)])
    assert [list(item.names) for item in items] == [['array 2']]
    assert [failure['source'] for failure in reader.failed] == ['array 0', 'array 1']


def test_bad_single_array_is_an_error(reader):
    with pytest.raises(UserError, match=r'must have the shape \(2,\)'):
        reader.expand(np.zeros(3))


def test_damaged_file_is_listed_when_it_is_read(reader, tmp_path):
    (tmp_path / 'x.npy').write_bytes(b'nothing')
    np.save(tmp_path / 'y.npy', np.ones((3, 2)))
    (samples,) = reader.samples(reader.expand(tmp_path))
    assert samples.values.shape == (3, 2)
    assert samples.names[2] == f'{tmp_path / "y.npy"}[2]'
    assert [failure['source'] for failure in reader.failed] == [str(tmp_path / 'x.npy')]


@pytest.mark.skipif(sys.platform != 'linux', reason='names are text')
def test_file_whose_name_is_not_utf_8_can_be_printed(reader, tmp_path):
    np.save(os.fsdecode(os.fsencode(tmp_path) + b'/\xff.npy'), np.ones(2))
    (sample,) = reader.samples(reader.expand(tmp_path))
    assert list(sample.names) == [f'{tmp_path}/\\udcff.npy']
