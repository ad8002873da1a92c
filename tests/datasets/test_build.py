import numpy as np
import pytest
from PIL import Image

from mmlesson.datasets.build import build_dataset, missing_files
from mmlesson.datasets.named_samples import SampleError
from mmlesson.errors import ArgumentError, RunError

pytestmark = pytest.mark.usefixtures('frozen_objects')

PIPELINE = [{'type': 'LoadImageFromFile'}, {'type': 'mmpretrain.PackInputs'}]


def folder_dataset(folder):
    return build_dataset(
        {'type': 'mmpretrain.CustomDataset', 'data_prefix': str(folder), 'pipeline': PIPELINE}
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'a').mkdir()
    for name in '01':
        Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / 'a' / f'{name}.png')
    return tmp_path


def test_images_of_a_folder_are_read(folder):
    dataset = folder_dataset(folder)
    assert [dataset[index]['inputs'].shape for index in (0, 1)] == [(3, 9, 9)] * 2


@pytest.mark.parametrize('content', [b'', b'no image'])
def test_broken_image_is_named_in_one_line(folder, content):
    (folder / 'a' / '1.png').write_bytes(content)
    dataset = folder_dataset(folder)
    with pytest.raises(SampleError, match=r'CustomDataset: sample 1 .*1\.png') as found:
        dataset[1]
    assert len(str(found.value).splitlines()) == 1


@pytest.mark.parametrize('name', ['missing', 'empty'])
def test_folder_without_images_is_reported_in_one_line(tmp_path, name):
    (tmp_path / 'empty').mkdir()
    message = rf'mmpretrain.CustomDataset could not be loaded \(.*{name}.*\)\. Check its arguments'
    with pytest.raises(RunError, match=message):
        folder_dataset(tmp_path / name)


def test_mistake_in_an_argument_stays_what_it_is():
    with pytest.raises(ArgumentError, match=r'^Digits\.split must be one of'):
        build_dataset({'type': 'mmlesson.Digits', 'split': 'x'})


def test_missing_files_are_those_of_all_splits(tmp_path):
    mine = {'dataset': {'type': 'MNIST', 'root': str(tmp_path)}}
    digits = {'dataset': {'type': 'Digits'}}
    assert missing_files({'train_dataloader': digits, 'test_dataloader': None}) == []
    found = missing_files({'train_dataloader': digits, 'val_dataloader': mine})
    assert [file.name for file in found] == [
        *('train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'),
        *('t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'),
    ]
    assert len(missing_files({'train_dataloader': mine, 'val_dataloader': mine})) == 4
