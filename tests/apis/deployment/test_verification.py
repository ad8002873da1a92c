import numpy as np
import pytest
from mmengine.config import Config

from mmlesson.apis.deployment.verification import (
    accuracy,
    in_batches,
    largest_difference,
    latency,
    read_split,
    share_of_differences,
)
from mmlesson.errors import UserError
from mmlesson.visualization.figures.context import Samples


def test_difference_is_absolute_for_probabilities_and_relative_for_scores():
    expected, got = np.array([[100.0, 0.0]]), np.array([[101.0, 0.0]])
    assert largest_difference(expected, got, False) == 1
    assert largest_difference(expected, got, True) == pytest.approx(0.01)


@pytest.mark.parametrize('got', [np.array([[np.nan, 0.0]]), np.zeros((2, 2))])
def test_difference_is_infinite_for_nan_and_another_shape(got):
    assert largest_difference(np.zeros((1, 2)), got, False) == float('inf')


BOXES = {
    'bboxes': np.array([[0, 0, 10, 10], [20, 20, 40, 40.0]]),
    'scores': np.array([0.5, 0.5]),
    'labels': np.array([1, 2]),
}


def test_objects_are_the_same_in_another_order():
    turned = {name: rows[::-1] for name, rows in BOXES.items()}
    assert share_of_differences([BOXES], [turned]) == 0


def test_objects_that_one_result_does_not_have_are_counted():
    first = {name: rows[:1] for name, rows in BOXES.items()}
    none = {name: rows[:0] for name, rows in BOXES.items()}
    assert share_of_differences([BOXES], [first]) == pytest.approx(1 / 3)
    assert share_of_differences([BOXES, BOXES], [BOXES, none]) == pytest.approx(2 / 6)
    assert share_of_differences([none], [none]) == 0


@pytest.mark.parametrize(('moved', 'share'), [(3e-3, 0), (5e-3, 0.5), (np.nan, 0.5)])
def test_coordinates_may_differ_by_a_rounding(moved, share):
    other = {**BOXES, 'bboxes': BOXES['bboxes'] + [[0, 0, 0, 0], [moved, 0, 0, 0]]}
    assert share_of_differences([BOXES], [other]) == share


def test_pixels_and_points_are_counted_one_by_one():
    pixels = np.zeros((2, 5), int)
    assert share_of_differences([{'sem_seg': pixels}], [{'sem_seg': pixels + np.eye(2, 5)}]) == 0.2
    points = {'keypoints': np.zeros((1, 3, 2)), 'keypoint_scores': np.zeros((1, 3))}
    other = {**points, 'keypoint_scores': np.array([[0, 0, 1]])}
    assert share_of_differences([points], [other]) == pytest.approx(1 / 9)


def test_accuracy_is_in_percent():
    samples = Samples(np.eye(4, 2, dtype=np.float32), np.array([0, 1, 1, 0]), 4)
    assert accuracy(lambda x: x, samples) == 75


def test_batches_keep_the_order():
    np.testing.assert_array_equal(in_batches(lambda x: -x, np.arange(5), 2), -np.arange(5))


def test_latency_calls_the_function_with_the_sample():
    calls = []
    assert latency(calls.append, np.zeros((1, 2)), repeats=3) >= 0
    assert len(calls) == 13


def test_config_without_data_is_refused():
    with pytest.raises(UserError, match='has no data to verify an export with'):
        read_split(Config({}), ('val', 'test'))
