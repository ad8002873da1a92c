"""`Monitor`: a metric that a hook watches, and the direction in which it improves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mmlesson.errors import UserError, check_choice, did_you_mean, shorten
from mmlesson.utils.metric_direction import direction


class Monitor:
    """Looks up a metric among those reported, and compares two of its values.

    Args:
        owner: Class of the hook and argument that names the metric, e.g.
            'EarlyStoppingHook.monitor'; used in error messages.
        metric: Name of the metric.
        rule: 'greater' or 'less'; derived from the metric's name if None.

    Raises:
        ArgumentError: If ``rule`` is invalid, or is None and cannot be derived from the name.
    """

    def __init__(self, owner: str, metric: str, rule: str | None = None) -> None:
        check_choice(owner.split('.')[0], 'rule', rule, (None, 'greater', 'less'))
        self.owner = owner
        self.metric = metric
        self.rule = rule or direction(metric)

    def value(self, reported: Mapping[str, Any], source: str = 'validation') -> float:
        """Return the metric's value.

        Args:
            reported: Metrics by name.
            source: Source of the metrics, for the error message.

        Raises:
            UserError: If the metric is not among them, or is not a number.
        """
        if self.metric not in reported:
            raise UserError(not_reported(self.owner, self.metric, reported, source))
        return as_number(self.owner, self.metric, reported[self.metric])

    def tie_loss(self, reported: Mapping[str, Any]) -> float | None:
        """Return the loss that decides between equal values of the metric, or None.

        Args:
            reported: Metrics by name; the loss is the one named 'loss'.
        """
        if self.metric == 'loss' or 'loss' not in reported:
            return None
        try:
            return as_number(self.owner, 'loss', reported['loss'])
        except UserError:  # a loss per class
            return None

    def is_better(
        self,
        value: float,
        best: float | None,
        loss: float | None = None,
        best_loss: float | None = None,
    ) -> bool:
        """Return whether ``value`` is better than ``best``; NaN or infinity never is.

        Args:
            value: The metric now.
            best: Its best value so far, or None.
            loss: The loss now; of two equal values the one with the lower loss is better.
            best_loss: The loss that belongs to ``best``. Where one of the two is None, a tie is not
                better.
        """
        if not math.isfinite(value):
            return False
        if best is None:
            return True
        if value == best:
            return _is_lower(loss, best_loss)
        return value > best if self.rule == 'greater' else value < best


def _is_lower(loss: float | None, best_loss: float | None) -> bool:
    if loss is None or best_loss is None or math.isnan(loss):
        return False
    return loss < best_loss or math.isnan(best_loss)


def not_reported(owner: str, metric: str, reported: Mapping[str, Any], source: str) -> str:
    """Return the message for a metric that is missing from the reported ones."""
    names = ', '.join(repr(name) for name in reported) or 'nothing'
    return (
        f'{owner} {shorten(metric)} was not reported; the {source} reports: {names}.'
        f'{did_you_mean(metric, reported)}'
    )


def as_number(owner: str, metric: str, value: Any) -> float:
    """Return the value of a metric as a float.

    Raises:
        UserError: If it is not a single number, e.g. one value per class.
    """
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError) as err:
        raise UserError(
            f'{owner} {shorten(metric)} must be one number, got {type(value).__name__}. '
            'Monitor a metric that is averaged over the classes.'
        ) from err
