"""Projection of points to the plane, and the share of their variance that it keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes

Boundary = tuple[Array, float]
"""Weight w, (D,), and bias b: the second of two classes is where w . x + b > 0."""

_ACROSS = 'across the boundary: distance from it'
_PRINCIPAL = ('principal component 1', 'principal component 2')


@dataclass(frozen=True)
class Projection:
    """A plane in a space of D dimensions.

    Args:
        mean: The point of the space at the plane's origin, (D,).
        directions: Its two axes, (2, D), orthonormal; the second is zero where D is 1.
        direct: Whether the space is the plane itself, so that nothing is lost or turned.
        names: What the axes are, of a plane that is not direct.
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
        """Return the share of the points' variance that each axis holds, in percent, (2,)."""
        total = np.asarray(points, dtype=float).var(0).sum()
        shares: Array = 100 * self(points).var(0) / total if total > 0 else np.zeros(2)
        return shares

    def facing(self, boundary: Boundary | None) -> Projection:
        """Return the plane turned until it stands upright on a boundary, which it meets at x = 0.

        The first axis is the distance from the boundary, so each point is drawn on the side that
        it is on; the second is the present one, as far as it runs along the boundary.

        Args:
            boundary: None, or one without a direction, leaves the plane as it is; so does any
                where the plane is direct.
        """
        if boundary is None or self.direct or not np.any(boundary[0]):
            return self
        check_shapes('Projection', boundary=(boundary[0], f'{len(self.mean)}'))
        weight = np.asarray(boundary[0], dtype=float)
        across = weight / np.linalg.norm(weight)
        offset = float(boundary[1]) / np.linalg.norm(weight)
        along = _without(self.directions[1], across)
        length = np.linalg.norm(along)
        along = along / length if length > 1e-9 else np.zeros_like(along)  # it ran across
        origin = _without(self.mean, across) - offset * across
        names = (_ACROSS, 'a fixed direction along it')
        return Projection(origin, np.stack([across, along]), False, names)


def fit_projection(points: Any, boundary: Boundary | None = None) -> Projection:
    """Return the plane to show points in: their own if they are planar, else that of a PCA.

    Two classes need not part where the variance is largest. Where their boundary is given, the
    first axis therefore is the distance from it, and the PCA is of what is left: it gives the
    second. The boundary is then an upright line at x = 0.

    The PCA is NumPy's singular value decomposition of the centred points. Of each axis the sign
    is free; the largest entry is made positive, so that the same points give the same figure.

    Args:
        points: (N, D).
        boundary: Between two classes; one without a direction counts as none.
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
    return replace(plane, names=(_ACROSS, 'first principal direction along it'))


def _without(vectors: Array, unit: Array) -> Array:
    """Return vectors, (D,) or (N, D), without their part in one direction."""
    rest: Array = vectors - (vectors @ unit)[..., None] * unit
    return rest


def _principal_axes(centred: Array) -> Array:
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = np.concatenate([axes, np.zeros((2, centred.shape[1]))])[:2]  # one point spans no plane
    largest = np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1)
    signed: Array = axes * np.where(largest < 0, -1.0, 1.0)
    return signed
