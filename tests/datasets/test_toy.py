import inspect
import pickle
from collections.abc import Sequence
from itertools import combinations
from typing import get_type_hints

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.svm import SVC

from mmlesson.datasets import XOR, Blobs, Circles, Moons, Spirals
from mmlesson.errors import ArgumentError
from mmlesson.registry import DATASETS

TOYS = [Blobs, XOR, Moons, Circles, Spirals]
MANY = [Blobs, Circles, Spirals]
ALL = (1, 0, 0)


def points(dataset):
    batch = dataset.__getitems__(list(range(len(dataset))))
    return batch['inputs'].numpy().astype(np.float64), batch['labels'].numpy()


def half_gap(one, other):
    """Return the largest distance a line can keep from two classes: the hard-margin SVM's."""
    inputs = np.concatenate([one, other])
    scale = np.abs(inputs).max()
    labels = np.repeat([0, 1], [len(one), len(other)])
    svm = SVC(kernel='linear', C=1e9, tol=1e-6).fit(inputs / scale, labels)
    assert svm.score(inputs / scale, labels) == 1
    weights, bias = svm.coef_[0], svm.intercept_[0]
    return np.abs(inputs / scale @ weights + bias).min() / np.linalg.norm(weights) * scale


# --- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize('toy', TOYS)
def test_registered_balanced_two_dimensional_and_fixed_by_the_data_seed(toy):
    inputs, labels = points(DATASETS.build({'type': toy.__name__, 'split_ratio': ALL}))
    assert inputs.shape == (toy().num_samples, 2)
    assert len(set(np.bincount(labels))) == 1
    np.testing.assert_array_equal(inputs, points(toy(split_ratio=ALL))[0])
    assert not np.array_equal(inputs, points(toy(split_ratio=ALL, data_seed=1))[0])
    np.random.seed(9)
    np.testing.assert_array_equal(inputs, points(toy(split_ratio=ALL))[0])


@pytest.mark.parametrize('toy', TOYS)
def test_splits_come_from_one_source_and_share_no_point(toy):
    parts = [toy(split) for split in ('train', 'val', 'test')]
    assert len({part.source_sha256 for part in parts}) == 1
    rows = [tuple(row) for part in parts for row in points(part)[0]]
    assert len(set(rows)) == len(rows) == parts[0].num_samples


@pytest.mark.parametrize('toy', TOYS)
def test_noise_zero_leaves_the_outline(toy):
    quiet, _ = points(toy(noise=0, split_ratio=ALL))
    again, _ = points(toy(noise=0, data_seed=5, split_ratio=ALL))
    np.testing.assert_array_equal(quiet, again)


@pytest.mark.parametrize('toy', MANY)
@pytest.mark.parametrize('num_classes', [2, 3, 5])
def test_any_number_of_classes(toy, num_classes):
    dataset = toy(num_classes=num_classes, num_samples=60, split_ratio=ALL)
    assert np.bincount(points(dataset)[1]).tolist() == [60 // num_classes] * num_classes
    assert dataset.metainfo['classes'] == tuple(str(label) for label in range(num_classes))


@pytest.mark.parametrize(
    ('toy', 'kwargs', 'message'),
    [
        (Moons, {'num_samples': 0}, r'Moons\.num_samples must be an int >= 2, got 0'),
        (Moons, {'num_samples': 7}, r'Moons\.num_samples must be a multiple of 2.*got 7'),
        (XOR, {'num_samples': 6}, r'XOR\.num_samples must be a multiple of 4.*got 6'),
        (Circles, {'num_classes': 3}, r'Circles\.num_samples must be a multiple of 3'),
        (XOR, {'noise': -0.1}, r'XOR\.noise must be a number in \[0, 100\.0\], got -0\.1'),
        (Moons, {'noise': float('inf')}, r'Moons\.noise must be a number'),
        (Moons, {'data_seed': -1}, r'Moons\.data_seed must be an int >= 0'),
        (Spirals, {'num_classes': 1}, r'Spirals\.num_classes must be an int >= 2, got 1'),
        (Blobs, {'num_classes': 10**9, 'num_samples': 10**9}, r'Blobs\.num_classes .*10000'),
        (XOR, {'num_samples': 4 * 10**21}, r'XOR\.num_samples .*1000000000'),
        (Blobs, {'num_classes': 2.0}, r'Blobs\.num_classes must be an int >= 2'),
        (Blobs, {'center': (1, 2, 3)}, r'Blobs\.center must be two numbers, got \(1, 2, 3\)'),
        (Blobs, {'center': (0, 200)}, r'Blobs\.center must be a number in \[-100'),
        (Moons, {'split': 'valid'}, r"Moons\.split must be one of .*Did you mean 'val'\?"),
    ],
)
def test_bad_arguments_are_named(toy, kwargs, message):
    with pytest.raises(ArgumentError, match=message):
        toy(**kwargs)


@pytest.mark.parametrize('toy', TOYS)
def test_dataset_survives_pickling(toy):
    dataset = toy('val', noise=0.1, data_seed=2, fold=(1, 4))
    copy = pickle.loads(pickle.dumps(dataset))
    assert copy.metainfo == dataset.metainfo
    assert copy.splits == dataset.splits
    np.testing.assert_array_equal(points(copy)[0], points(dataset)[0])


def test_dataset_is_equal_to_itself_only_and_can_be_a_key():
    one, other = Moons(), Moons()
    assert one != other
    assert len({one, other, one}) == 2


@pytest.mark.parametrize('toy', TOYS)
def test_split_is_the_only_positional_argument(toy):
    parameters = inspect.signature(toy).parameters
    positional = [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == ['split']
    with pytest.raises(TypeError, match='positional'):
        toy('train', 400)


def test_signature_has_the_types_and_defaults_of_the_parents_too():
    hints = get_type_hints(Circles.__init__)
    assert (hints['fold'], hints['noise']) == (Sequence[int] | None, float)
    parameters = inspect.signature(Circles).parameters
    defaults = [parameters[name].default for name in ('split', 'fold', 'num_samples', 'noise')]
    assert defaults == ['train', None, 400, 0.08]


# --- Blobs --------------------------------------------------------------------------------------


@pytest.mark.parametrize('seed', range(5))
@pytest.mark.parametrize(
    ('num_classes', 'noise', 'margin'),
    [(2, 0.3, 0.2), (2, 1.0, 0.01), (3, 0.5, 1.0), (6, 0.3, 0.1)],
)
def test_every_pair_of_blobs_keeps_the_margin_that_an_svm_finds(num_classes, noise, margin, seed):
    dataset = Blobs(
        margin=margin,
        num_samples=600 // num_classes * num_classes,
        num_classes=num_classes,
        noise=noise,
        data_seed=seed,
        split_ratio=ALL,
    )
    inputs, labels = points(dataset)
    for one, other in combinations(range(num_classes), 2):
        assert half_gap(inputs[labels == one], inputs[labels == other]) >= margin - 1e-5


def test_margin_is_exact_without_noise():
    inputs, labels = points(Blobs(noise=0, margin=0.25, split_ratio=ALL))
    assert half_gap(inputs[labels == 0], inputs[labels == 1]) == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize('margin', [0, 101])
def test_margin_out_of_range_is_refused(margin):
    with pytest.raises(ArgumentError, match=r'Blobs\.margin must be .*got ' + str(margin)):
        Blobs(margin=margin)


@pytest.mark.parametrize('num_classes', [2, 3, 7])
def test_linear_map_with_argmax_separates_all_blobs(num_classes):
    dataset = Blobs(num_classes=num_classes, num_samples=420, margin=0.01, split_ratio=ALL)
    inputs, labels = points(dataset)
    quiet, _ = points(
        Blobs(num_classes=num_classes, num_samples=num_classes, noise=0, split_ratio=ALL)
    )
    assert (np.argmax(inputs @ quiet.T, axis=1) == labels).all()


def test_blobs_are_gaussian_within_three_deviations():
    dataset = Blobs(num_samples=200000, noise=0.5, split_ratio=ALL)
    inputs, labels = points(dataset)
    offset = inputs[labels == 0] - [3 * 0.5 + 0.2, 0]
    assert np.linalg.norm(offset, axis=1).max() <= 1.5 + 1e-6
    # Truncated at r: variance per axis is 1 - (r^2 / 2) / (exp(r^2 / 2) - 1), here 0.9494.
    assert (offset / 0.5).var() == pytest.approx(0.9494, abs=0.01)


# --- XOR ----------------------------------------------------------------------------------------


def best_line(inputs, labels):
    """Return the best share that any line gets right, by trying every direction and offset."""
    best = 0
    for angle in np.linspace(0, np.pi, 721):
        projected = inputs @ [np.cos(angle), np.sin(angle)]
        order = np.argsort(projected)
        ones_below = np.concatenate([[0], np.cumsum(labels[order])])
        zeros_below = np.arange(len(labels) + 1) - ones_below
        right = zeros_below + labels.sum() - ones_below
        best = max(best, right.max(), (len(labels) - right).max())
    return best / len(labels)


def test_four_samples_without_noise_are_the_truth_table():
    inputs, labels = points(XOR(num_samples=4, noise=0, split_ratio=ALL))
    table = {tuple(row): label for row, label in zip(inputs.tolist(), labels.tolist(), strict=True)}
    assert table == {(-1, -1): 0, (1, 1): 0, (-1, 1): 1, (1, -1): 1}


@pytest.mark.parametrize('noise', [0.1, 0.2, 100])
@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_every_split_has_equal_quadrants_and_no_line_exceeds_75_percent(split, noise):
    inputs, labels = points(XOR(split, num_samples=80, noise=noise))
    quadrants = np.unique(inputs > 0, axis=0, return_counts=True)[1]
    assert quadrants.tolist() == [len(inputs) // 4] * 4
    np.testing.assert_array_equal(labels, (inputs[:, 0] > 0) != (inputs[:, 1] > 0))
    assert best_line(inputs, labels) == 0.75


def test_noise_of_xor_is_clipped_at_half():
    inputs, _ = points(XOR(noise=100, split_ratio=ALL))
    assert (np.abs(inputs).min(), np.abs(inputs).max()) == (0.5, 1.5)


def test_oracle_detects_a_line_that_exceeds_75_percent():
    inputs, labels = points(Blobs(split_ratio=ALL))
    assert best_line(inputs, labels) == 1


# --- Moons, circles, spirals --------------------------------------------------------------------


def test_moons_without_noise_equal_scikit_learns():
    inputs, labels = points(Moons(num_samples=100, noise=0, split_ratio=ALL))
    oracle, oracle_labels = make_moons(100, shuffle=False, noise=None)
    np.testing.assert_allclose(inputs, oracle, atol=1e-6)
    np.testing.assert_array_equal(labels, oracle_labels)


def test_noise_has_the_requested_deviation():
    quiet, _ = points(Moons(num_samples=10000, noise=0, split_ratio=ALL))
    noisy, _ = points(Moons(num_samples=10000, noise=0.3, split_ratio=ALL))
    assert (noisy - quiet).std() == pytest.approx(0.3, rel=0.03)
    assert abs((noisy - quiet).mean()) < 0.01


def test_circles_have_even_radii_and_no_point_twice():
    inputs, labels = points(Circles(num_classes=4, noise=0, split_ratio=ALL))
    np.testing.assert_allclose(np.linalg.norm(inputs, axis=1), (labels + 1) / 4, rtol=1e-6)
    assert len(np.unique(inputs.round(4), axis=0)) == len(inputs)  # no end on its start


def test_spirals_wind_once_and_are_evenly_rotated():
    inputs, labels = points(Spirals(num_classes=3, num_samples=300, noise=0, split_ratio=ALL))
    arms = [inputs[labels == label] @ [1, 1j] for label in range(3)]
    distance = np.linspace(0.1, 1, 100)
    np.testing.assert_allclose(arms[0], distance * np.exp(2j * np.pi * distance), atol=1e-6)
    for label in (1, 2):
        np.testing.assert_allclose(arms[label], arms[0] * np.exp(2j * np.pi * label / 3), atol=1e-6)


def test_blobs_around_another_center_are_the_same_clouds_moved():
    near, labels = points(Blobs(split_ratio=ALL))
    far, same = points(Blobs(split_ratio=ALL, center=(3, -2)))
    np.testing.assert_allclose(far - near, np.broadcast_to([3, -2], near.shape), atol=1e-6)
    np.testing.assert_array_equal(labels, same)
