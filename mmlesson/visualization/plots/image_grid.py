"""Grids of small images, and their colour scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mmlesson.visualization.plots.array_checks import Array


def grid_shape(count: int, widest: int) -> tuple[int, int]:
    """Return rows and columns for ``count`` images, nearly square, of at most ``widest``."""
    columns = min(widest, math.ceil(math.sqrt(count)))
    return math.ceil(count / columns), columns


def largest_size(values: Any) -> float:
    """Return the largest absolute finite value, for a scale that has zero in its middle."""
    finite = np.abs(values)[np.isfinite(values)]
    return float(finite.max(initial=0.0)) or 1.0


def as_displayable(image: Any) -> Array:
    """Return an image as matplotlib takes it: stretched to [0, 1], (H, W) or (H, W, 3).

    Args:
        image: (C, H, W) with C 1 or 3. Anything else shows the mean over its channels.
    """
    image = np.asarray(image, dtype=float)
    low, high = image.min(), image.max()
    scaled = (image - low) / max(high - low, 1e-12)
    picture: Array = np.moveaxis(scaled, 0, -1) if len(image) == 3 else scaled.mean(0)
    return picture
