import pickle
import warnings

import numpy as np
import pytest
import torch
from mmpretrain.datasets.categories import CIFAR10_CATEGORIES, CIFAR100_CATEGORIES
from tiny_data import md5, write_cifar
from torchvision import datasets as official

from mmlesson.datasets import CIFAR10, CIFAR100
from mmlesson.datasets.cifar import _read_batch
from mmlesson.errors import RunError


@pytest.fixture
def root(tmp_path, monkeypatch):
    for source in (official.CIFAR10, official.CIFAR100):
        write_cifar(tmp_path, source, monkeypatch)
    return tmp_path


def complete(dataset):
    return dataset.__getitems__(list(range(len(dataset))))


def of_torchvision(kind, root, split, monkeypatch):
    """Return torchvision's dataset of files that are extracted already."""
    source = getattr(official, kind.__name__)
    monkeypatch.setattr(source, '_load_meta', lambda _: None)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of NumPy, about the pickles of Python 2
        return source(root, train=split != 'test')


@pytest.mark.parametrize('kind', [CIFAR10, CIFAR100])
@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_samples_are_those_of_torchvisions_reader(root, monkeypatch, kind, split):
    dataset = kind(split, root=root, split_ratio=(0.5, 0.5, 0), download=False)
    oracle = of_torchvision(kind, root, split, monkeypatch)
    rows = dataset.splits[split].indices
    batch = complete(dataset)
    expected = np.moveaxis(oracle.data[rows], -1, 1) / np.float32(255)
    np.testing.assert_allclose(batch['inputs'].numpy(), expected, rtol=1e-6)
    assert batch['labels'].tolist() == np.array(oracle.targets)[rows].tolist()


def test_default_splits_are_9_to_1_of_the_training_set(root):
    assert [len(CIFAR10(split, root=root)) for split in ('train', 'val', 'test')] == [180, 20, 40]


def test_classes_are_those_of_mmpretrain():
    assert CIFAR10.classes == tuple(CIFAR10_CATEGORIES)
    assert CIFAR100.classes == tuple(CIFAR100_CATEGORIES)


def test_facts_are_known_without_files():
    assert CIFAR100.facts(image=False) == {'num_classes': 100, 'input_shape': (3072,)}


def test_truncated_batch_is_named_before_it_is_read(root):
    CIFAR10(root=root)
    file = root / 'cifar-10-batches-py' / 'data_batch_3'
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RunError, match='data_batch_3 is truncated or another file: expected md5'):
        CIFAR10(root=root)


class Harmful:
    def __reduce__(self):
        return print, ('harm',)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (pickle.dumps({'data': Harmful()}), r'it names builtins\.print'),
        (pickle.dumps({'labels': [1]}), "'data'"),
        (b'\x80', 'cannot be read'),
    ],
)
def test_file_that_holds_other_things_is_refused(tmp_path, capsys, content, message):
    (tmp_path / 'batch').write_bytes(content)
    with pytest.raises(RunError, match=rf'batch cannot be read: .*{message}|{message}'):
        _read_batch(tmp_path / 'batch', 'labels')
    assert capsys.readouterr().out == ''


def test_arrays_written_by_python_3_are_read(tmp_path):
    images = np.arange(6144, dtype=np.uint8).reshape(2, 3072)
    (tmp_path / 'batch').write_bytes(pickle.dumps({'data': images, 'labels': [1, 2]}, protocol=2))
    found, labels = _read_batch(tmp_path / 'batch', 'labels')
    np.testing.assert_array_equal(found, images)
    assert labels.tolist() == [1, 2]


def test_archive_of_another_hash_is_refused(root):
    archive = root / official.CIFAR10.filename
    archive.write_bytes(archive.read_bytes()[:-1])
    wrong = md5(archive.read_bytes())
    with pytest.raises(RunError, match=rf'cifar-10-python\.tar\.gz is truncated.*got {wrong}'):
        CIFAR10(root=root, download=False)


def test_images_are_red_green_blue(root):
    dataset = CIFAR10('test', root=root)
    assert dataset.metainfo['input_shape'] == (3, 32, 32)
    assert dataset[0]['inputs'].dtype == torch.float32
