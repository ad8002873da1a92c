"""Linear separability of two classes: a separator with its margin, or a proof that none exists.

Both are linear programmes over z_i = y_i (x_i, 1), y_i in {-1, +1}. A weight vector u separates the
classes if z_i.u > 0 for all i. By Gordan's theorem (1873) either there is such a u, or there are
weights a_i >= 0 with sum 1 and sum a_i z_i = 0; then the convex hulls of the classes intersect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from mmlesson.errors import ArgumentError

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-9
_SOLVER = {'method': 'highs', 'options': {'primal_feasibility_tolerance': TOLERANCE / 10}}


@dataclass(frozen=True)
class Separator:
    """A separating weight vector and the quantities in Novikoff's bound.

    Attributes:
        weight: u = (w, b), (D + 1,), of norm 1.
        margin: g = min_i z_i.u > 0.
        radius: R = max_i |z_i|.
    """

    weight: Floats
    margin: float
    radius: float

    @property
    def bound(self) -> float:
        """(R / g)^2, the maximum number of updates of a perceptron from zero (Novikoff 1962)."""
        return (self.radius / self.margin) ** 2


@dataclass(frozen=True)
class CommonPoint:
    """Proof that no line separates the classes: a point in both convex hulls.

    Attributes:
        point: The point, (D,).
        weights: Weight of each sample, (N,), >= 0; they sum to 1 in each class, and the weighted
            mean of each class is the point.
        gap: Distance of the two means; zero up to rounding.
    """

    point: Floats
    weights: Floats
    gap: float


def separate(inputs: Floats, labels: npt.NDArray[np.int64]) -> Separator | CommonPoint:
    """Find a separator of two classes, or a proof that there is none.

    Args:
        inputs: (N, D) float64.
        labels: (N,), 0 or 1, both present.

    Raises:
        ArgumentError: If there are not two classes.

    References:
        Novikoff (1962), On convergence proofs on perceptrons; Gordan (1873), Über die Auflösung
        linearer Gleichungen mit reellen Coefficienten.
    """
    if set(np.unique(labels)) != {0, 1}:
        raise ArgumentError(
            f'separate must get labels 0 and 1, both present, got {np.unique(labels).tolist()}.'
        )
    signs = np.where(labels == 1, 1.0, -1.0)
    radius = float(np.linalg.norm(_signed(inputs, signs), axis=1).max())
    # The solver's tolerances are absolute, so features are scaled to the same size.
    mean, size = inputs.mean(0), inputs.std(0)
    size[size == 0] = 1.0
    even = _signed((inputs - mean) / size, signs)
    weight = _widest(even)
    if (even @ weight).min() <= TOLERANCE:
        return _common_point(inputs, labels, even)
    found = np.append(weight[:-1] / size, weight[-1] - weight[:-1] @ (mean / size))
    candidates = [
        found,
        _widest(_signed(inputs, signs)),
    ]  # the second often has a larger margin
    lengths = [max(float(np.linalg.norm(u)), 1e-300) for u in candidates]
    units = [u / length for u, length in zip(candidates, lengths, strict=True)]
    margins = [float((_signed(inputs, signs) @ unit).min()) for unit in units]
    best = int(np.argmax(margins))
    return Separator(units[best], margins[best], radius)


def _signed(inputs: Floats, signs: Floats) -> Floats:
    """Return y_i (x_i, 1), (N, D + 1)."""
    signed: Floats = signs[:, None] * np.hstack([inputs, np.ones((len(inputs), 1))])
    return signed


def _widest(signed: Floats) -> Floats:
    """Return the u with |u_j| <= 1 that maximises the smallest z_i.u."""
    count, width = signed.shape
    cost = np.append(np.zeros(width), -1.0)  # maximise t
    constraints = np.hstack([-signed, np.ones((count, 1))])  # t - z_i.u <= 0
    bounds = [*[(-1.0, 1.0)] * width, (None, None)]
    solved = linprog(cost, constraints, np.zeros(count), bounds=bounds, **_SOLVER)
    found: Floats = np.zeros(width) if solved.x is None else solved.x[:width]
    return found


def _common_point(inputs: Floats, labels: npt.NDArray[np.int64], signed: Floats) -> CommonPoint:
    count, width = signed.shape
    balance = np.vstack([signed.T, np.ones(count)])  # sum a_i z_i = 0 and sum a_i = 1
    wanted = np.append(np.zeros(width), 1.0)
    solved = linprog(np.zeros(count), A_eq=balance, b_eq=wanted, bounds=(0, None), **_SOLVER)
    if solved.x is None:
        raise ArithmeticError(f'No separator and no proof was found: {solved.message}')
    weights = 2 * np.maximum(solved.x, 0)  # each class has half of the total weight
    one = weights[labels == 1] @ inputs[labels == 1]
    other = weights[labels == 0] @ inputs[labels == 0]
    return CommonPoint((one + other) / 2, weights, float(np.linalg.norm(one - other)))
