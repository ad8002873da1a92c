"""Prechelt's criteria for early stopping, measured on an error to be minimised.

Reference:
    Prechelt (1998), Early stopping - but when?, doi:10.1007/3-540-49430-8_3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmlesson.errors import ArgumentError

PRECHELT_CRITERIA = ('GL', 'PQ', 'UP')
_STATE = ('lowest_error', 'strip_size', 'strip_train', 'strip_error', 'rises', 'met')


def generalization_loss(error: float, lowest: float) -> float:
    """Return GL in percent: 100 * (error / lowest - 1); infinite if only ``lowest`` is 0."""
    return 100.0 * _ratio(error - lowest, lowest)


def training_progress(errors: list[float]) -> float:
    """Return P in per mille: 1000 * (mean / minimum - 1) of the training errors of a strip."""
    lowest = min(errors)
    return 1000.0 * _ratio(math.fsum(errors) / len(errors) - lowest, lowest)


@dataclass(kw_only=True)
class Prechelt:
    """State of one criterion; `StoppingRule` documents and checks the arguments.

    Attributes:
        met: Whether the criterion was met when last evaluated: at every validation for GL, at the
            end of a strip of validations for PQ and UP.
        lowest_error: Minimum so far, regardless of ``min_delta``.
        strip_size: Number of validations since the last strip ended (UP).
        strip_train: Training errors since the last strip ended (PQ).
        strip_error: Validation error at the end of the last strip (UP).
        rises: Number of consecutive strips that ended higher than the one before (UP).
    """

    criterion: str
    rule: str
    alpha: float
    strip: int
    up_strips: int
    owner: str
    met: bool = False
    lowest_error: float | None = None
    strip_size: int = 0
    strip_train: list[float] = field(default_factory=list)
    strip_error: float | None = None
    rises: int = 0

    def __post_init__(self) -> None:
        if self.criterion == 'PQ' and self.strip < 2:
            raise ArgumentError(
                f"{self.owner}.strip must be an int >= 2 for criterion 'PQ', got {self.strip!r}. "
                'One validation alone shows no training progress.'
            )

    def measure(self, score: float, train_score: float | None) -> str:
        """Add a finite score, update ``met`` and return a log text ('' within a strip)."""
        error = self._error(score)
        if self.criterion == 'GL':
            return self._measure_gl(error)
        return self._measure_pq(error, train_score) if self.criterion == 'PQ' else self._up(error)

    def state_dict(self) -> dict[str, Any]:
        """Return the state as plain data."""
        state = {name: getattr(self, name) for name in _STATE}
        return {**state, 'strip_train': list(self.strip_train)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a `state_dict`."""
        for name in _STATE:
            value = state[name]
            setattr(self, name, list(value) if name == 'strip_train' else value)

    def _error(self, score: float) -> float:
        error = 100.0 - score if self.rule == 'greater' else score
        if error < 0:
            expected = 'a percentage' if self.rule == 'greater' else 'an error >= 0'
            raise ArgumentError(
                f'{self.owner}.criterion {self.criterion!r} must be given {expected}, '
                f"got {score!r}. Use criterion='patience'."
            )
        return error

    def _loss(self, error: float) -> float:
        lowest = error if self.lowest_error is None else min(self.lowest_error, error)
        self.lowest_error = lowest
        return generalization_loss(error, lowest)

    def _measure_gl(self, error: float) -> str:
        loss = self._loss(error)
        self.met = loss > self.alpha
        return f'GL {loss:.4g} of {self.alpha:.4g}'

    def _measure_pq(self, error: float, train_score: float | None) -> str:
        if train_score is None or not 0 <= float(train_score) < math.inf:
            raise ArgumentError(
                f"{self.owner}.criterion 'PQ' must be given a finite training error >= 0, "
                f"got {train_score!r}. Use criterion='GL'."
            )
        loss = self._loss(error)
        self.strip_train.append(float(train_score))
        if len(self.strip_train) < self.strip:
            return ''
        quotient = _ratio(loss, training_progress(self.strip_train))
        self.strip_train, self.met = [], quotient > self.alpha
        return f'PQ {quotient:.4g} of {self.alpha:.4g}'

    def _up(self, error: float) -> str:
        self.strip_size += 1
        if self.strip_size < self.strip:
            return ''
        rose = self.strip_error is not None and error > self.strip_error
        self.rises = self.rises + 1 if rose else 0
        self.strip_size, self.strip_error = 0, error
        self.met = self.rises >= self.up_strips
        return f'UP {self.rises} of {self.up_strips} strips'


def _ratio(part: float, whole: float) -> float:
    """Divide non-negative numbers; 0 / 0 is 0, and any other number divided by 0 is infinite."""
    if part <= 0:
        return 0.0
    return part / whole if whole > 0 else math.inf
