"""Projection of points to the plane, and the share of their variance that it keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes

Boundary = tuple[Array, float]
"""Weight w, (D,), and bias b: the second of two classes is predicted where w . x + b > 0."""

_ACROSS = 'distance from the boundary'
_PRINCIPAL = ('principal component 1', 'principal component 2')


@dataclass(frozen=True)
class Projection:
    """A plane in a space of D dimensions.

    Args:
        mean: Point of the space at the plane's origin, (D,).
        directions: Axes of the plane, (2, D), orthonormal; the second is zero if D is 1.
        direct: Whether the space is itself a plane or a line, shown without projection.
        names: Names of the axes, used if the plane is not direct.
    """

    mean: Array
    directions: Array
    direct: bool
    names: tuple[str, str] = _PRINCIPAL

    def __call__(self, points: Any) -> Array:
        """Return the coordinates of points, (N, D), in the plane, (N, 2)."""
        check_shapes('Projection', points=(points, f'N {len(self.mean)}'))
        return (np.asarray(points, dtype=float) - self.mean) @ self.directions.T

    def shares(self, points: Any) -> Array:
        """Return the share of the points' variance that each axis explains, in percent, (2,)."""
        total = np.asarray(points, dtype=float).var(0).sum()
        shares: Array = 100 * self(points).var(0) / total if total > 0 else np.zeros(2)
        return shares

    def facing(self, boundary: Boundary | None) -> Projection:
        """Return the plane rotated to be perpendicular to a boundary, which becomes x = 0.

        The first axis is the signed distance from the boundary, so each point stays on its side;
        the second is the component of the current second axis along the boundary.

        Args:
            boundary: Boundary to face. The plane is unchanged if it is direct, or if the boundary
                is None or has zero weight.
        """
        if boundary is None or self.direct or not np.any(boundary[0]):
            return self
        check_shapes('Projection', boundary=(boundary[0], f'{len(self.mean)}'))
        weight = np.asarray(boundary[0], dtype=float)
        across = weight / np.linalg.norm(weight)
        offset = float(boundary[1]) / np.linalg.norm(weight)
        along = _without(self.directions[1], across)
        length = np.linalg.norm(along)
        along = along / length if length > 1e-9 else np.zeros_like(along)  # it was perpendicular
        origin = _without(self.mean, across) - offset * across
        names = (_ACROSS, 'fixed direction along the boundary')
        return Projection(origin, np.stack([across, along]), False, names)


def fit_projection(points: Any, boundary: Boundary | None = None) -> Projection:
    """Return the plane to show points in: their own if D is at most 2, otherwise that of a PCA.

    The direction of largest variance need not separate two classes. If their boundary is given,
    the first axis is therefore the distance from it, and the second is the first principal axis
    of the remaining directions. The boundary is then the vertical line x = 0.

    The PCA is a singular value decomposition of the centred points by NumPy. The sign of each axis
    is arbitrary; its largest entry is made positive, so that the figure is reproducible.

    Args:
        points: Points, (N, D).
        boundary: Boundary between two classes; ignored if its weight is zero.
    """
    check_shapes('fit_projection', points=(points, 'N D'))
    check_not_empty('fit_projection', 'points', points)
    points = np.asarray(points, dtype=float)
    dimensions = points.shape[1]
    if dimensions <= 2:
        return Projection(np.zeros(dimensions), np.eye(2, dimensions), True)
    mean = points.mean(0)
    if boundary is None or not np.any(boundary[0]):
        return Projection(mean, _principal_axes(points - mean), False)
    check_shapes('fit_projection', points=(points, 'N D'), boundary=(boundary[0], 'D'))
    across = np.asarray(boundary[0], dtype=float) / np.linalg.norm(boundary[0])
    along = _principal_axes(_without(points - mean, across))[0]
    plane = Projection(mean, np.stack([across, along]), False).facing(boundary)
    return replace(plane, names=(_ACROSS, 'principal axis along the boundary'))


def _without(vectors: Array, unit: Array) -> Array:
    """Return vectors, (D,) or (N, D), without their component along a unit vector."""
    rest: Array = vectors - (vectors @ unit)[..., None] * unit
    return rest


def _principal_axes(centred: Array) -> Array:
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = np.concatenate([axes, np.zeros((2, centred.shape[1]))])[:2]  # one point spans no plane
    largest = np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1)
    signed: Array = axes * np.where(largest < 0, -1.0, 1.0)
    return signed
