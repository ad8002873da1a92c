"""Inputs with what a model takes them for, drawn; the truth is not known here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

COLUMNS = 10


def draw_page(images: npt.NDArray[Any], titles: Sequence[str], file: Path) -> None:
    """Draw pictures in a grid, each under its title, into a PNG file.

    Args:
        images: (N, C, H, W) with C 1 or 3; each picture's own range is stretched to full contrast.
        titles: One per picture.
        file: Where to; written under a temporary name, then renamed.
    """
    rows = math.ceil(len(images) / COLUMNS)
    figure = Figure(figsize=(COLUMNS * 1.1, rows * 1.4), layout='constrained')
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, image, title in zip(axes, images, titles, strict=False):
        axis.imshow(_as_picture(image), cmap='gray')
        axis.set_title(title, fontsize=8)
    temporary = file.with_name(f'.{file.name}.tmp')
    figure.savefig(temporary, format='png', dpi=100)
    temporary.replace(file)


def _as_picture(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    low, high = image.min(), image.max()
    scaled = (image - low) / max(high - low, 1e-12)
    picture: npt.NDArray[Any] = scaled[0] if len(image) == 1 else np.moveaxis(scaled, 0, -1)
    return picture
