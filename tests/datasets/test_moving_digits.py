from __future__ import annotations

import numpy as np
import pytest

from mmlesson.datasets import Digits, MovingDigits
from mmlesson.datasets.splits import SPLIT_NAMES
from mmlesson.errors import ArgumentError

SHIFTS = {0: (-2, 0), 1: (0, 2), 2: (2, 0), 3: (0, -2)}  # up, right, down, left; rows grow down


def test_second_frame_is_the_first_one_moved_in_the_direction_of_the_class():
    data = MovingDigits('test')
    batch = data.__getitems__(range(len(data)))
    for (first, second), label in zip(batch['inputs'].numpy(), batch['labels'], strict=True):
        moved = np.roll(first, SHIFTS[int(label)], axis=(0, 1))
        assert np.array_equal(moved, second)


def test_frame_has_the_pixels_of_the_digit_of_the_same_split():
    moving, digits = MovingDigits('val'), Digits('val')
    assert moving.splits['val'].indices.tolist() == digits.splits['val'].indices.tolist()
    for index in range(20):
        first, image = moving[index]['inputs'][0], digits[index]['inputs'][0]
        assert sorted(first[first > 0].tolist()) == sorted(image[image > 0].tolist())


def test_one_frame_is_the_first_of_two():
    one, two = MovingDigits('val', frames=1), MovingDigits('val')
    assert one[3]['inputs'].shape == (1, 16, 16)
    assert np.array_equal(one[3]['inputs'][0], two[3]['inputs'][0])
    assert one[3]['labels'] == two[3]['labels']


@pytest.mark.parametrize('frame', [0, 1])
def test_mean_frame_does_not_depend_on_the_direction(frame):
    data = MovingDigits('train')
    batch = data.__getitems__(range(len(data)))
    frames, labels = batch['inputs'][:, frame].numpy(), batch['labels'].numpy()
    rows = (frames * np.exp(2j * np.pi * np.arange(16) / 16)[:, None]).sum((1, 2))
    for direction in range(4):
        chosen = rows[labels == direction] / np.abs(rows[labels == direction])
        assert abs(chosen.mean()) < 4 / np.sqrt(len(chosen))  # no place is preferred


def test_directions_are_about_equally_frequent():
    labels = np.concatenate([MovingDigits(split)._labels for split in ('train', 'val', 'test')])
    counts = np.bincount(labels, minlength=4)
    assert counts.sum() == 1797
    assert counts.min() > 0.9 * 1797 / 4


def test_splits_do_not_overlap():
    parts = [set(MovingDigits('train').splits[name].indices) for name in SPLIT_NAMES]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]


def test_facts_are_those_of_the_data():
    facts = MovingDigits.facts(frames=1)
    data = MovingDigits('test', frames=1)
    assert facts['input_shape'] == data.metainfo['input_shape']
    assert facts['num_classes'] == len(data.classes)
    assert facts['num_samples'] == sum(len(MovingDigits(s)) for s in ('train', 'val', 'test'))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'frames': 3}, 'frames must be 1 or 2, got 3'),
        ({'step': 8}, 'step must be less than 8'),
        ({'seed': -1}, 'seed'),
    ],
)
def test_wrong_argument_is_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        MovingDigits('train', **arguments)
