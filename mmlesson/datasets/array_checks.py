"""Checks of the arrays of a dataset, before training goes wrong because of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.errors import ArgumentError

Array = npt.NDArray[Any]

_PIECE = 1 << 18  # values that are checked at a time, to save memory


def check_arrays(owner: str, inputs: Array, labels: Array, num_classes: int) -> None:
    """Check the complete arrays of a labelled dataset.

    Args:
        owner: What returned them, for messages.
        inputs: Must be uint8 or floating, (N, ...), and finite in float32.
        labels: Must be integers in [0, num_classes), (N,).
        num_classes: Number of classes.

    Raises:
        ArgumentError: If they are not; the message gives the index of the first wrong sample.
    """
    for name, array in (('inputs', inputs), ('labels', labels)):
        if not isinstance(array, np.ndarray):
            raise ArgumentError(
                f'{owner} must return {name} as a NumPy array, got {type(array).__name__}.'
            )
    if inputs.ndim < 2 or labels.shape != inputs.shape[:1]:
        raise ArgumentError(
            f'{owner} must return inputs (N, ...) and labels (N,), '
            f'got shapes {inputs.shape} and {labels.shape}.'
        )
    if inputs.dtype != np.uint8 and not np.issubdtype(inputs.dtype, np.floating):
        raise ArgumentError(f'{owner} must return uint8 or float inputs, got {inputs.dtype}.')
    _check_labels(owner, labels, num_classes)
    _check_finite(owner, inputs)


def _check_labels(owner: str, labels: Array, num_classes: int) -> None:
    wanted = f'{owner} must return integer labels in [0, {num_classes})'
    if not np.issubdtype(labels.dtype, np.integer):
        raise ArgumentError(
            f'{wanted}, got {labels.dtype} with values {labels[:3].tolist()}. '
            'Number the classes from 0.'
        )
    wrong = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if len(wrong):
        raise ArgumentError(
            f'{wanted}, got {labels.dtype} with values {np.unique(labels)[:10].tolist()}: '
            f'sample {wrong[0]} has label {labels[wrong[0]]}.'
        )


def _is_finite(inputs: Array) -> npt.NDArray[np.bool_]:
    with np.errstate(over='ignore'):  # float64 values beyond float32 become infinite
        return np.isfinite(inputs.astype(np.float32, copy=False))


def _check_finite(owner: str, inputs: Array) -> None:
    if inputs.dtype == np.uint8:
        return
    step = max(1, _PIECE // max(1, math.prod(inputs.shape[1:])))
    pieces = (inputs[start : start + step] for start in range(0, len(inputs), step))
    if all(_is_finite(piece).all() for piece in pieces):
        return
    finite = _is_finite(inputs)
    samples = np.flatnonzero(~finite.reshape(len(inputs), -1).all(1))
    value = inputs[~finite].flat[0]
    count = f' and {len(samples) - 1} others' if len(samples) > 1 else ''
    raise ArgumentError(
        f'{owner} must return inputs that are finite in float32, got {value} in sample '
        f'{samples[0]}{count}. Remove or replace such values.'
    )
