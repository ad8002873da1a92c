import numpy as np
import pytest
import torch
from tiny_data import (
    labelled_images,
    md5,
    mnist_files,
    packed,
    write_emnist,
    write_mnist,
)
from torchvision import datasets as official

from mmlesson.datasets import EMNIST, KMNIST, MNIST, FashionMNIST
from mmlesson.errors import ArgumentError, RunError

FAMILY = (MNIST, FashionMNIST, KMNIST)


def complete(dataset):
    return dataset.__getitems__(list(range(len(dataset))))


@pytest.mark.parametrize('kind', FAMILY)
@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_samples_are_those_of_torchvisions_reader(tmp_path, kind, split):
    write_mnist(tmp_path, kind.__name__)
    dataset = kind(split, root=tmp_path)
    oracle = getattr(official, kind.__name__)(tmp_path, train=split != 'test')
    rows = torch.from_numpy(dataset.splits[split].indices)
    batch = complete(dataset)
    assert batch['inputs'].shape == (len(rows), 1, 28, 28)
    torch.testing.assert_close(batch['inputs'][:, 0], oracle.data[rows] / 255)
    assert torch.equal(batch['labels'], oracle.targets[rows])


def test_default_splits_are_5_to_1_of_the_training_set(tmp_path):
    write_mnist(tmp_path)
    sizes = [len(MNIST(split, root=tmp_path)) for split in ('train', 'val', 'test')]
    assert sizes == [100, 20, 40]
    counts = np.bincount(complete(MNIST('val', root=tmp_path))['labels'])
    assert counts.tolist() == [2] * 10


def test_classes_are_those_of_torchvision():
    assert FashionMNIST.classes == tuple(official.FashionMNIST.classes)
    assert KMNIST.classes == tuple(official.KMNIST.classes)
    assert [name[0] for name in official.MNIST.classes] == list(MNIST.classes)


@pytest.mark.parametrize('kind', FAMILY)
def test_archives_are_those_of_torchvision(kind):
    source = getattr(official, kind.__name__)
    assert [(one.name, one.md5) for one in kind._archives()] == source.resources
    for archive in kind._archives():
        assert archive.urls == tuple(f'{mirror}{archive.name}' for mirror in source.mirrors)
        assert archive.members == (archive.name.removesuffix('.gz'),)


def test_compressed_files_are_extracted(tmp_path, monkeypatch):
    folder = tmp_path / 'MNIST' / 'raw'
    folder.mkdir(parents=True)
    resources = []
    for name, content in mnist_files().items():
        (folder / f'{name}.gz').write_bytes(packed(content))
        resources.append((f'{name}.gz', md5(packed(content))))
    monkeypatch.setattr(official.MNIST, 'resources', resources)
    assert len(MNIST('test', root=tmp_path, download=False)) == 40


def test_missing_files_are_listed_with_their_sizes_and_their_folder(tmp_path):
    with pytest.raises(RunError) as caught:
        MNIST(root=tmp_path, download=False)
    message = str(caught.value)
    assert f'Put these files into {tmp_path}/MNIST/raw:' in message
    for line in ('train-images-idx3-ubyte.gz (9.9 MB)', 't10k-labels-idx1-ubyte.gz (4.5 kB)'):
        assert line in message


def test_truncated_file_is_named(tmp_path):
    file = write_mnist(tmp_path) / 'train-images-idx3-ubyte'
    file.write_bytes(file.read_bytes()[:-1])
    message = r'train-images-idx3-ubyte must have 94,096 bytes.*got 94,095'
    with pytest.raises(RunError, match=message):
        MNIST(root=tmp_path)


def test_labels_of_other_images_are_refused(tmp_path):
    folder = write_mnist(tmp_path)
    labels = (folder / 't10k-labels-idx1-ubyte').read_bytes()
    (folder / 'train-labels-idx1-ubyte').write_bytes(labels)
    with pytest.raises(RunError, match=r'got images \(120, 28, 28\) and 40 labels'):
        MNIST(root=tmp_path)


def test_labels_of_another_dataset_are_refused_with_their_file(tmp_path):
    file = write_mnist(tmp_path) / 'train-labels-idx1-ubyte'
    file.write_bytes(file.read_bytes()[:-1] + bytes([26]))
    with pytest.raises(RunError, match=r'train-labels-.* from 0 to 9, got 0 to 26\. Delete it'):
        MNIST(root=tmp_path)


def test_letters_have_no_label_0(tmp_path, monkeypatch):
    written = write_emnist(tmp_path, 'letters', *labelled_images(130, 26))
    monkeypatch.setattr(official.EMNIST, 'md5', written)
    with pytest.raises(RunError, match='labels from 1 to 26, got 0 to 25'):
        EMNIST('test', subset='letters', root=tmp_path, download=False)


@pytest.mark.parametrize(('subset', 'first'), [('letters', 1), ('balanced', 0), ('byclass', 0)])
def test_emnist_is_upright_and_counts_from_0(tmp_path, monkeypatch, subset, first):
    classes = len(official.EMNIST.classes_split_dict[subset]) - first
    upright, labels = labelled_images(130, classes)
    transposed = upright.transpose(0, 2, 1)
    monkeypatch.setattr(
        official.EMNIST, 'md5', write_emnist(tmp_path, subset, transposed, labels + first)
    )
    dataset = EMNIST('test', subset=subset, root=tmp_path, download=False)
    torch.testing.assert_close(
        complete(dataset)['inputs'][:, 0], torch.from_numpy(upright).float() / 255
    )
    assert complete(dataset)['labels'].tolist() == labels.tolist()
    names = official.EMNIST.classes_split_dict[subset][first:]
    assert dataset.metainfo['classes'] == tuple(names)
    assert EMNIST.facts(subset=subset) == {'num_classes': classes, 'input_shape': (1, 28, 28)}


def test_emnist_as_vectors_is_upright(tmp_path, monkeypatch):
    upright, labels = labelled_images(130, 47)
    written = write_emnist(tmp_path, 'balanced', upright.transpose(0, 2, 1), labels)
    monkeypatch.setattr(official.EMNIST, 'md5', written)
    vectors = complete(EMNIST('test', root=tmp_path, image=False))['inputs']
    np.testing.assert_allclose(vectors.numpy(), upright.reshape(130, 784) / 255, rtol=1e-6)


def test_unknown_subset_is_refused():
    with pytest.raises(
        ArgumentError, match=r"EMNIST\.subset must be one of 'byclass', .*'letters'"
    ):
        EMNIST(subset='letter')
    assert 'num_classes' not in EMNIST.facts(subset=[])
