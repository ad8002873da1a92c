"""Drawing of digits on a canvas, with the boxes, masks and keypoints of each digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmlesson.errors import ArgumentError

Array = npt.NDArray[Any]

INK = 64
"""Smallest grey value, of 255, of a pixel that belongs to a digit."""

KEYPOINTS = ('top', 'bottom', 'left', 'right', 'centre')
"""The topmost, bottommost, leftmost and rightmost pixel of a digit, and the mean of its pixels."""

_MOST_TRIES = 1000


@dataclass(frozen=True)
class Digit:
    """One digit on a canvas; lengths are in pixels, and a pixel's centre is at + 0.5.

    Args:
        pixels: Grey values of its square, uint8 (size, size).
        label: Its class.
        left: First column of the square.
        top: First row of the square.
    """

    pixels: Array
    label: int
    left: int
    top: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the square."""
        height, width = self.pixels.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    @property
    def mask(self) -> Array:
        """Which pixels of the square belong to the digit, bool (size, size)."""
        mask: Array = self.pixels >= INK
        return mask

    @property
    def box(self) -> Array:
        """Smallest box around the digit's pixels: x1, y1, x2, y2, the edges, float32 (4,)."""
        rows, columns = np.nonzero(self.mask)
        corners = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        return np.array(corners, np.float32) + self._offset(2)

    @property
    def keypoints(self) -> Array:
        """The `KEYPOINTS`, (x, y) each, float32 (5, 2); of several extreme pixels, the middle."""
        rows, columns = np.nonzero(self.mask)
        extremes = [part == edge for part in (rows, columns) for edge in (part.min(), part.max())]
        extremes.append(rows >= 0)  # all, for the centre
        points = [(columns[chosen].mean(), rows[chosen].mean()) for chosen in extremes]
        return (np.array(points, np.float32) + 0.5 + self._offset(1)).astype(np.float32)

    def _offset(self, times: int) -> Array:
        return np.array([self.left, self.top] * times, np.float32)


def place_digits(
    images: Sequence[Array], labels: Sequence[int], canvas: int, rng: np.random.RandomState
) -> list[Digit]:
    """Place squares at random on a canvas, each wholly inside it and none over another.

    Args:
        images: Grey values, uint8 (size, size) each.
        labels: Their classes.
        canvas: Height and width of the canvas.
        rng: Source of the places; all free ones are equally likely.

    Raises:
        ArgumentError: If no way to place them was found.
    """
    for _ in range(_MOST_TRIES):
        placed: list[Digit] = []
        for image, label in zip(images, labels, strict=True):
            free = np.flatnonzero(_free_places(placed, len(image), canvas))
            if len(free) == 0:
                break
            top, left = divmod(int(free[rng.randint(len(free))]), canvas - len(image) + 1)
            placed.append(Digit(image, int(label), left, top))
        if len(placed) == len(images):
            return placed
    sizes = ', '.join(str(len(image)) for image in images)
    raise ArgumentError(
        f'a canvas of {canvas} pixels must have room for its digits, got digits of {sizes} pixels. '
        'Increase canvas, or use fewer or smaller digits.'
    )


def _free_places(placed: Sequence[Digit], size: int, canvas: int) -> Array:
    """Return at which (top, left) a square of ``size`` covers no digit, bool."""
    free = np.ones((canvas - size + 1,) * 2, bool)
    for digit in placed:
        other = len(digit.pixels)
        top, left = (max(start - size + 1, 0) for start in (digit.top, digit.left))
        free[top : digit.top + other, left : digit.left + other] = False
    return free


def resize(image: Array, size: int) -> Array:
    """Return a grey image, uint8, in ``size`` x ``size`` pixels; its brightest pixel becomes 255.

    The full contrast makes sure that the pixels of every digit reach `INK`.
    """
    scaled = Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR)
    pixels = np.asarray(scaled, np.uint16)
    return (pixels * 255 // max(int(pixels.max()), 1)).astype(np.uint8)


def draw_canvas(
    digits: Sequence[Digit], canvas: int, noise: float, rng: np.random.RandomState
) -> Array:
    """Return the canvas, uint8 (canvas, canvas), with Gaussian noise of a deviation of 0 to 1."""
    pixels = np.zeros((canvas, canvas))
    for digit in digits:
        pixels[digit.place] = digit.pixels
    if noise > 0:
        pixels += rng.normal(0, 255 * noise, pixels.shape)
    return pixels.round().clip(0, 255).astype(np.uint8)


def instance_map(digits: Sequence[Digit], canvas: int) -> Array:
    """Return the number of the digit, from 1, that each pixel belongs to; 0 for background.

    Returns:
        uint8 (canvas, canvas).
    """
    numbers = np.zeros((canvas, canvas), np.uint8)
    for number, digit in enumerate(digits, 1):
        numbers[digit.place][digit.mask] = number
    return numbers
