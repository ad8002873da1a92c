from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

import mmlesson.datasets.digits
from mmlesson.datasets import Digits
from mmlesson.errors import ArgumentError

SOURCE = 'ae588ca009782c75b562002379a6fbba9c29fb60a403ae26522407f0af4022ae'
SPLITS = {
    'train': (1078, '21f1e85ba1d53a45768ab28f35dbd8bb1c32b9cc0e78575459438cd688fb9c9f'),
    'val': (362, 'b3436e47fc50f37b34b64050e7326383245cc9535bead5698410bf79dda37f45'),
    'test': (357, '546da78fb871cafe54fa86a8e6e84318e9e216dd30675c6a7d32488f589f9fed'),
}


def test_file_equals_scikit_learns_copy():
    oracle = load_digits()
    path = Path(mmlesson.datasets.digits.__file__).parent / 'data' / 'digits.npz'
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays['images'].dtype == arrays['labels'].dtype == np.uint8
        assert arrays['images'].shape == (1797, 8, 8)
        np.testing.assert_array_equal(arrays['images'], oracle.images)
        np.testing.assert_array_equal(arrays['labels'], oracle.target)


@pytest.mark.parametrize('split', list(SPLITS))
def test_samples_equal_scikit_learns_at_the_splits_indices(split):
    oracle, dataset = load_digits(), Digits(split)
    rows = dataset.splits[split].indices
    batch = dataset.__getitems__(list(range(len(dataset))))
    np.testing.assert_array_equal(batch['inputs'][:, 0].numpy() * 16, oracle.images[rows])
    np.testing.assert_array_equal(batch['labels'].numpy(), oracle.target[rows])


def test_splits_are_frozen():
    dataset = Digits()
    assert dataset.source_sha256 == SOURCE
    assert {name: (s.size, s.sha256) for name, s in dataset.splits.items()} == SPLITS


def test_each_digit_has_its_share_of_each_split():
    counts = np.bincount(load_digits().target)
    for name, share in zip(SPLITS, (0.6, 0.2, 0.2), strict=True):
        labels = Digits(name)._labels.numpy()
        assert (abs(np.bincount(labels, minlength=10) - share * counts) < 1).all()


def test_seed_of_a_run_does_not_change_the_splits():
    torch.manual_seed(123)
    np.random.seed(456)
    assert Digits().splits['test'].sha256 == SPLITS['test'][1]
    assert Digits(split_seed=1).splits['test'].sha256 != SPLITS['test'][1]


def test_vectors_are_the_flattened_images():
    images, vectors = Digits()[5]['inputs'], Digits(image=False)[5]['inputs']
    assert images.shape == (1, 8, 8)
    assert torch.equal(images.flatten(), vectors)
    assert Digits().metainfo['classes'] == tuple('0123456789')


def test_values_fill_zero_to_one():
    inputs = Digits().__getitems__(list(range(1078)))['inputs']
    assert (inputs.min(), inputs.max()) == (0, 1)


@pytest.mark.parametrize('image', [1, 'yes', None])
def test_image_must_be_a_bool(image):
    with pytest.raises(ArgumentError, match=r'Digits\.image must be True or False, got'):
        Digits(image=image)


@pytest.mark.parametrize('shift', [(0, 1), (1, 0), (-2, 3)])
def test_shift_moves_every_image_and_fills_with_background(shift):
    plain, moved = Digits('test'), Digits('test', shift=shift)
    down, right = shift
    images = plain.__getitems__(list(range(len(plain))))['inputs'].numpy()[:, 0]
    expected = np.zeros_like(images)
    for row in range(8):
        for column in range(8):
            if 0 <= row - down < 8 and 0 <= column - right < 8:
                expected[:, row, column] = images[:, row - down, column - right]
    found = moved.__getitems__(list(range(len(moved))))['inputs'].numpy()[:, 0]
    np.testing.assert_array_equal(found, expected)
    assert moved.splits['test'].sha256 == plain.splits['test'].sha256


@pytest.mark.parametrize('shift', [(1,), (8, 0), (0.5, 0)])
def test_shift_must_be_two_integers(shift):
    with pytest.raises(ArgumentError, match=r'Digits\.shift must be two ints from -7 to 7'):
        Digits('test', shift=shift)


def test_facts_tell_the_size_of_each_class():
    counts = [0] * 10
    for split in ('train', 'val', 'test'):
        dataset = Digits(split)
        for label in dataset.__getitems__(list(range(len(dataset))))['labels'].tolist():
            counts[label] += 1
    assert Digits.facts()['class_sizes'] == tuple(counts)
