"""Decision boundary of a linear model, as exact line segments."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlesson.visualization.plots.array_checks import Array, Extent, check_shapes

SIDES = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # inward normals


def linear_boundary(weight: Any, bias: Any, extent: Extent) -> list[Array]:
    """Return the lines at which a linear model's prediction changes, within a rectangle.

    Args:
        weight: Weight, (C, 2) for one score per class, or (1, 2) if the sign of one score decides.
        bias: Bias, (C,) or (1,).
        extent: The rectangle.

    Returns:
        Segments of two points each, (2, 2). Between classes i and j: the part of the line
        ``(w_i - w_j) . x + b_i - b_j = 0`` where no other class scores higher.
    """
    check_shapes('linear_boundary', weight=(weight, 'C 2'), bias=(bias, 'C'))
    weight, bias = np.asarray(weight, dtype=float), np.asarray(bias, dtype=float)
    if len(weight) == 1:
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    one, other = np.triu_indices(len(weight), 1)
    normal, offset = weight[one] - weight[other], bias[one] - bias[other]
    differ = (normal**2).sum(1) > 0
    one, other, normal, offset = (array[differ] for array in (one, other, normal, offset))

    # The line between two classes is foot + t * along. It is a boundary where
    # slopes * t + values >= 0 for the four sides of the rectangle and for every other class.
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    foot = -offset[:, None] * normal / length**2
    along = np.stack([-normal[:, 1], normal[:, 0]], 1) / length
    against, against_offset = weight[one, None] - weight, bias[one, None] - bias
    slopes = np.concatenate([along @ SIDES.T, np.einsum('pcd,pd->pc', against, along)], 1)
    values = np.concatenate(
        [
            foot @ SIDES.T + np.array([-extent[0], extent[1], -extent[2], extent[3]]),
            np.einsum('pcd,pd->pc', against, foot) + against_offset,
        ],
        1,
    )
    rows = np.arange(len(one))
    for rival in (one, other):  # the scores of the pair are equal, except for rounding
        slopes[rows, 4 + rival] = values[rows, 4 + rival] = 0
    start, stop = _interval(slopes, values)
    ends = foot[:, None] + np.stack([start, stop], 1)[..., None] * along[:, None]
    return list(ends[start < stop])


def _interval(slopes: Array, values: Array) -> tuple[Array, Array]:
    """Return the interval of t with ``slope * t + value >= 0`` in all columns, for each row."""
    flat = np.abs(slopes) < 1e-12
    crossings = -values / np.where(flat, 1, slopes)
    start = np.where(~flat & (slopes > 0), crossings, -np.inf).max(1)
    stop = np.where(~flat & (slopes < 0), crossings, np.inf).min(1)
    never = (flat & (values < -1e-9)).any(1)
    return np.where(never, 1.0, start), np.where(never, 0.0, stop)
