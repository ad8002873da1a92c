"""Checks of arrays before they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.errors import ArgumentError

Array = npt.NDArray[Any]
Extent = tuple[float, float, float, float]
"""x_min, x_max, y_min, y_max of a part of the plane."""


def check_shapes(owner: str, **arrays: tuple[Any, str]) -> dict[str, int]:
    """Raise `ArgumentError` unless the arrays have the expected shapes.

    Args:
        owner: Function or class that takes the arrays, named in the message.
        **arrays: Each array and its expected shape, such as 'N 2': a number is a fixed size, and
            a letter is any size, but the same wherever it occurs.

    Returns:
        The size of each letter.
    """
    sizes: dict[str, int] = {}
    for name, (array, spec) in arrays.items():
        letters, shape = spec.split(), np.shape(array)
        known = {letter: sizes.get(letter) for letter in letters if letter in sizes}
        fits = len(letters) == len(shape) and all(
            size == (int(letter) if letter.isdigit() else sizes.setdefault(letter, size))
            for letter, size in zip(letters, shape, strict=True)
        )
        if not fits:
            given = ''.join(f', {letter} = {size}' for letter, size in known.items())
            raise ArgumentError(
                f'{owner}.{name} must have the shape ({", ".join(letters)}){given}, '
                f'got {tuple(shape)}.'
            )
    return sizes


def check_not_empty(owner: str, name: str, values: Any) -> None:
    """Raise `ArgumentError` if there is nothing to draw."""
    if not len(values):
        raise ArgumentError(f'{owner}.{name} must not be empty: there is nothing to draw.')


def check_labels(owner: str, name: str, labels: Any, num_classes: int) -> Array:
    """Return labels as an int array.

    Raises:
        ArgumentError: If a label is not an integer in [0, num_classes).
    """
    array = np.asarray(labels)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in 'iu' or array.min() < 0 or array.max() >= num_classes:
        raise ArgumentError(
            f'{owner}.{name} must hold ints from 0 to {num_classes - 1}, got {array.dtype} '
            f'from {array.min()} to {array.max()}.'
        )
    return array


def count_classes(labels: Any, classes: Sequence[str] | None) -> int:
    """Return the number of class names or, without names, of classes in the labels (at least 2)."""
    if classes is not None:
        return len(classes)
    return max(2, int(np.max(labels, initial=0)) + 1)
