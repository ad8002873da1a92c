import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import (
    check_labels,
    check_not_empty,
    check_shapes,
    count_classes,
)


def test_each_letter_is_a_single_size():
    sizes = check_shapes('f', a=(np.zeros((5, 2)), 'N 2'), b=(np.zeros(5), 'N'))
    assert sizes == {'N': 5}


def test_size_that_differs_from_an_earlier_one_is_named():
    with pytest.raises(ArgumentError, match=r'f\.b must have the shape \(N\), N = 5, got \(4,\)'):
        check_shapes('f', a=(np.zeros((5, 2)), 'N 2'), b=(np.zeros(4), 'N'))


@pytest.mark.parametrize('array', [np.zeros(5), np.zeros((5, 3)), np.zeros((5, 2, 1))])
def test_other_number_of_axes_or_fixed_size_is_refused(array):
    with pytest.raises(ArgumentError, match=r'f\.a must have the shape \(N, 2\)'):
        check_shapes('f', a=(array, 'N 2'))


def test_nothing_to_draw_is_refused():
    check_not_empty('f', 'a', [1])
    with pytest.raises(ArgumentError, match=r'f\.a must not be empty'):
        check_not_empty('f', 'a', [])


@pytest.mark.parametrize('labels', [[0, 3], [-1, 0], [0.0, 1.0]])
def test_label_outside_of_the_classes_is_refused(labels):
    with pytest.raises(ArgumentError, match=r'f\.labels must hold ints from 0 to 2'):
        check_labels('f', 'labels', labels, 3)


def test_no_labels_are_an_empty_int_array():
    assert check_labels('f', 'labels', [], 3).dtype == np.int64


@pytest.mark.parametrize(
    ('labels', 'classes', 'count'), [([0, 4], None, 5), ([0, 0], None, 2), ([0], ['a'] * 7, 7)]
)
def test_classes_are_counted_by_names_or_labels(labels, classes, count):
    assert count_classes(labels, classes) == count
