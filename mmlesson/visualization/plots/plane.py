"""Rectangles of the plane and grids of points over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.errors import check_int
from mmlesson.visualization.plots.array_checks import Array, Extent, check_shapes


def plane_extent(inputs: Any, margin: float = 0.15) -> Extent:
    """Return the rectangle around points, padded by ``margin`` times its larger side."""
    check_shapes('plane_extent', inputs=(inputs, 'N 2'))
    low, high = np.min(inputs, 0), np.max(inputs, 0)
    pad = margin * max(float((high - low).max()), 1e-6)
    return (
        float(low[0] - pad),
        float(high[0] + pad),
        float(low[1] - pad),
        float(high[1] + pad),
    )


def plane_grid(extent: Extent, size: int = 200) -> npt.NDArray[np.float32]:
    """Return the centres of size x size cells of the plane, (size * size, 2) float32.

    Plots take the model's outputs for these points, reshaped to (size, size, ...): the row is the
    y coordinate, from the lowest, and the column the x coordinate.
    """
    check_int('plane_grid', 'size', size, minimum=2)
    x, y = cell_centres(extent, size, size)
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)


def cell_centres(extent: Extent, rows: int, columns: int) -> tuple[Array, Array]:
    """Return the x coordinates of the columns' centres, and the y coordinates of the rows'."""
    steps_x, steps_y = (np.arange(n) + 0.5 for n in (columns, rows))
    x = extent[0] + (extent[1] - extent[0]) * steps_x / columns
    y = extent[2] + (extent[3] - extent[2]) * steps_y / rows
    return x, y
