"""Pictures with what a model took them for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

COLUMNS = 10


def draw_predictions(
    images: npt.NDArray[Any],
    true: Sequence[int],
    predicted: Sequence[int],
    scores: Sequence[float],
    classes: Sequence[str],
) -> Figure:
    """Draw pictures in a grid; above each what the model says, in red with the truth if wrong.

    Args:
        images: (N, C, H, W) with C 1 or 3; each channel count's own range is stretched to grey.
        true: True class of each.
        predicted: Class that the model gave.
        scores: Its probability, 0-1.
        classes: Names.
    """
    rows = math.ceil(len(images) / COLUMNS)
    figure = Figure(figsize=(COLUMNS * 1.1, rows * 1.35), layout='constrained')
    axes = np.atleast_1d(figure.subplots(rows, COLUMNS, squeeze=False).ravel())
    for axis in axes:
        axis.set_axis_off()
    for axis, image, label, guess, score in zip(
        axes, images, true, predicted, scores, strict=False
    ):
        axis.imshow(_as_picture(image), cmap='gray_r')
        right = label == guess
        text = classes[guess] if right else f'{classes[guess]} (is {classes[label]})'
        axis.set_title(
            f'{text}\n{100 * score:.0f} %', fontsize=8, color='black' if right else 'firebrick'
        )
    return figure


def _as_picture(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    low, high = image.min(), image.max()
    scaled = (image - low) / max(high - low, 1e-12)
    picture: npt.NDArray[Any] = scaled[0] if len(image) == 1 else np.moveaxis(scaled, 0, -1)
    return picture
