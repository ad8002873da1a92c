from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tiny_data import write_mnist

from mmlesson.datasets import MNIST, DownloadedDataset, check_splits, describe_split
from mmlesson.datasets.splits import split_indices
from mmlesson.errors import ArgumentError

RNG = np.random.RandomState(0)
SETS = {
    is_test: (RNG.randint(0, 256, (size, 3, 2, 4)).astype(np.uint8), np.arange(size) % 2)
    for is_test, size in ((False, 60), (True, 20))
}
NAMES = ('train', 'val', 'test')


@dataclass(kw_only=True, eq=False)
class Photos(DownloadedDataset):
    classes = ('even', 'odd')
    image_shape = (3, 2, 4)
    split_ratio: Sequence[float] = (0.75, 0.25, 0)

    @classmethod
    def _folder(cls, root):
        return root

    @classmethod
    def _archives(cls, **_):
        return []

    def _read(self, folder, is_test):
        return SETS[is_test]


@pytest.mark.parametrize('split', NAMES)
def test_samples_are_those_of_the_official_sets(split):
    dataset = Photos(split)
    images, labels = SETS[split == 'test']
    rows = dataset.splits[split].indices
    batch = dataset.__getitems__(list(range(len(dataset))))
    np.testing.assert_allclose(batch['inputs'].numpy(), images[rows] / 255, rtol=1e-6)
    np.testing.assert_array_equal(batch['labels'].numpy(), labels[rows])


def test_test_split_is_the_complete_test_set_in_its_order():
    assert Photos('test').splits['test'].indices.tolist() == list(range(20))
    assert Photos('test', split_seed=5, fold=(0, 3)).splits['test'].size == 20


def test_training_set_is_divided_as_any_dataset_is():
    expected = split_indices(SETS[False][1], (0.75, 0.25, 0), seed=3)
    for name in ('train', 'val'):
        rows = Photos(name, split_seed=3).splits[name].indices
        np.testing.assert_array_equal(rows, expected[name])


def test_folds_divide_the_training_set():
    folds = [Photos('val', fold=(k, 4)).splits['val'].indices for k in range(4)]
    assert sorted(np.concatenate(folds).tolist()) == list(range(60))


def test_splits_do_not_conflict():
    assert check_splits({name: describe_split(Photos(name)) for name in NAMES}) == []


def test_test_set_that_is_the_training_set_is_detected(monkeypatch):
    monkeypatch.setitem(SETS, True, SETS[False])
    splits = {name: describe_split(Photos(name)) for name in NAMES}
    with pytest.raises(ArgumentError, match='holds 46 samples of the training data'):
        check_splits(splits)


def test_vectors_are_the_flattened_images():
    images, vectors = Photos(), Photos(image=False)
    assert vectors.metainfo['input_shape'] == (24,)
    np.testing.assert_array_equal(vectors[3]['inputs'], images[3]['inputs'].flatten())
    assert vectors.source_sha256 == images.source_sha256


def test_facts_are_those_of_the_loaded_data():
    for image in (True, False):
        dataset = Photos(image=image)
        assert Photos.facts(image=image) == {
            'num_classes': 2,
            'input_shape': dataset.metainfo['input_shape'],
        }


@pytest.mark.parametrize('name', ['image', 'download'])
def test_switches_must_be_bools(name):
    with pytest.raises(ArgumentError, match=rf"Photos\.{name} must be True or False, got 'yes'"):
        Photos(**{name: 'yes'})


def test_root_must_be_a_path():
    with pytest.raises(ArgumentError, match=r'Photos\.root must be a path or None, got 3'):
        Photos(root=3)


def test_fraction_of_the_test_split_must_be_0():
    with pytest.raises(ArgumentError, match=r'Photos\.split_ratio must be 0 for test, whose sampl'):
        Photos(split_ratio=(0.6, 0.2, 0.2))


def test_missing_files_are_those_without_an_archive(tmp_path, monkeypatch):
    monkeypatch.setenv('MMLESSON_DATA', str(tmp_path))
    folder = write_mnist(tmp_path)
    assert MNIST.missing_files() == []
    (folder / 't10k-labels-idx1-ubyte').unlink()
    assert MNIST.missing_files() == [folder / 't10k-labels-idx1-ubyte.gz']
    (folder / 't10k-labels-idx1-ubyte.gz').touch()
    assert MNIST.missing_files() == []
    assert len(MNIST.missing_files(root=Path('elsewhere'))) == 4
