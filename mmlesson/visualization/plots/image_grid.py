"""Grids of small images, and their colour scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mmlesson.visualization.plots.array_checks import Array


def grid_shape(count: int, widest: int) -> tuple[int, int]:
    """Return rows and columns of a nearly square grid, with at most ``widest`` columns."""
    columns = min(widest, math.ceil(math.sqrt(count)))
    return math.ceil(count / columns), columns


def largest_size(values: Any) -> float:
    """Return the largest absolute finite value, for a scale centred at zero."""
    finite = np.abs(values)[np.isfinite(values)]
    return float(finite.max(initial=0.0)) or 1.0


def as_displayable(image: Any) -> Array:
    """Return an image in matplotlib's format, scaled to [0, 1], (H, W) or (H, W, 3).

    Args:
        image: Image, (C, H, W); if C is not 3, the mean over the channels is returned.
    """
    image = np.asarray(image, dtype=float)
    low, high = image.min(), image.max()
    scaled = (image - low) / max(high - low, 1e-12)
    picture: Array = np.moveaxis(scaled, 0, -1) if len(image) == 3 else scaled.mean(0)
    return picture
