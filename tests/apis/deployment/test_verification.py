import numpy as np
import pytest
from mmengine.config import Config

from mmlesson.apis.deployment.verification import (
    accuracy,
    in_batches,
    largest_difference,
    latency,
    read_split,
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
