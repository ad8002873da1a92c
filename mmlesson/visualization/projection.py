"""From many dimensions to the two of the paper, and how much of the truth is left there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlesson.visualization.checks import Array, check_not_empty, check_shapes


@dataclass(frozen=True)
class Projection:
    """A plane in a space of D dimensions.

    Args:
        mean: The point of the space at the plane's origin, (D,).
        directions: Its two axes, (2, D), orthonormal; the second is zero where D is 1.
        explained: Share of the variance that each axis holds, in percent, (2,).
        direct: Whether the space is the plane itself, so that nothing is lost or turned.
    """

    mean: Array
    directions: Array
    explained: Array
    direct: bool

    def __call__(self, points: Any) -> Array:
        """Return the coordinates of points, (N, D), in the plane, (N, 2)."""
        check_shapes('Projection', points=(points, f'N {len(self.mean)}'))
        return (np.asarray(points, dtype=float) - self.mean) @ self.directions.T


def fit_projection(points: Any) -> Projection:
    """Return the plane to show points in: their own if they lie in one, else that of a PCA.

    The PCA is NumPy's singular value decomposition of the centred points. Of each axis the sign
    is free; the largest entry is made positive, so that the same points give the same picture.

    Args:
        points: (N, D).
    """
    check_shapes('fit_projection', points=(points, 'N D'))
    check_not_empty('fit_projection', 'points', points)
    points = np.asarray(points, dtype=float)
    dimensions = points.shape[1]
    if dimensions <= 2:
        explained = np.array([100.0, 0.0]) if dimensions == 1 else _shares(points.var(0))
        return Projection(np.zeros(dimensions), np.eye(2, dimensions), explained, True)
    mean = points.mean(0)
    _, sizes, axes = np.linalg.svd(points - mean, full_matrices=False)
    axes = np.concatenate([axes, np.zeros((2, dimensions))])[:2]  # a single point spans no plane
    largest = np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1)
    shares = np.concatenate([_shares(sizes**2), np.zeros(2)])[:2]
    return Projection(mean, axes * np.where(largest < 0, -1.0, 1.0), shares, False)


def _shares(variances: Array) -> Array:
    total = variances.sum()
    shares: Array = 100 * variances / total if total > 0 else np.zeros(len(variances))
    return shares
