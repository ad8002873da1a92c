import numpy as np
import pytest

from mmlesson.datasets.array_checks import check_arrays
from mmlesson.errors import ArgumentError

INPUTS = np.zeros((4, 3))
LABELS = np.array([0, 1, 1, 0])


def with_value(value, dtype=np.float64):
    inputs = INPUTS.astype(dtype)
    inputs[2, 1] = value
    return inputs


@pytest.mark.parametrize('dtype', [np.uint8, np.float16, np.float32, np.float64])
def test_sound_arrays_pass(dtype):
    check_arrays('X', INPUTS.astype(dtype), LABELS, 2)
    check_arrays('X', INPUTS[:0].astype(dtype), LABELS[:0], 2)


@pytest.mark.parametrize(
    ('inputs', 'got'),
    [
        (with_value(np.nan), 'nan in sample 2'),
        (with_value(-np.inf, np.float32), '-inf in sample 2'),
        (with_value(1e300), r'1e\+300 in sample 2'),
        (with_value(np.nan) + with_value(np.nan)[::-1], 'nan in sample 1 and 1 others'),
    ],
)
def test_value_that_is_not_finite_in_float32_is_named_by_its_sample(inputs, got):
    with pytest.raises(ArgumentError, match=f'X must return inputs that are finite.*got {got}'):
        check_arrays('X', inputs, LABELS, 2)


@pytest.mark.parametrize(
    ('labels', 'got'),
    [
        (np.array(list('abba')), r"got <U1 with values \['a', 'b', 'b'\]. Number the classes"),
        (np.array([0, -1, 1, 0]), r'values \[-1, 0, 1\]: sample 1 has label -1'),
        (np.array([0, 1, 1, 2]), 'sample 3 has label 2'),
        (LABELS.astype(float), 'got float64'),
        (LABELS.astype(object), 'got object'),
    ],
)
def test_labels_that_are_no_class_index_are_refused(labels, got):
    with pytest.raises(ArgumentError, match=r'X must return integer labels in \[0, 2\), .*' + got):
        check_arrays('X', INPUTS, labels, 2)


@pytest.mark.parametrize(
    ('inputs', 'labels', 'got'),
    [
        (INPUTS.tolist(), LABELS, 'inputs as a NumPy array, got list'),
        (INPUTS, LABELS.tolist(), 'labels as a NumPy array, got list'),
        (INPUTS, LABELS[:3], r'got shapes \(4, 3\) and \(3,\)'),
        (INPUTS.astype(np.int64), LABELS, 'uint8 or float inputs, got int64'),
    ],
)
def test_arrays_of_another_form_are_refused(inputs, labels, got):
    with pytest.raises(ArgumentError, match='X must return .*' + got):
        check_arrays('X', inputs, labels, 2)
