"""`BestCheckpoints`: the best validation so far by each of several metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mmlesson.engine.hooks.monitor import Monitor
from mmlesson.errors import ArgumentError, shorten

AUTO = 'auto'
"""Stands for the first metric that the first validation reports."""


def best_file(metric: str) -> str:
    """Return the file name of the best checkpoint by a metric."""
    name = re.sub(r'[^\w.-]', '_', metric)
    return f'best_{name}.pth'


class BestCheckpoints:
    """Tracks the best value of each metric, its epoch, and the file of its checkpoint.

    Among epochs with the same best value, the one with the lowest validation loss is the best, if
    a 'loss' is reported; otherwise the first one.

    Args:
        owner: Class of the hook and its argument, used in error messages.
        metrics: Name of a metric, several names, or 'auto'; None or empty for none.
        rule: 'greater' or 'less' is better, one for all metrics or one for each; derived from the
            name of a metric if None.

    Attributes:
        metrics: Names of the metrics, or 'auto'.
        records: By metric, 'metric', 'value', 'epoch', 'checkpoint', and 'loss' if it is reported.

    Raises:
        ArgumentError: If a metric is named twice, 'auto' is one of several, or the number of rules
            differs from that of the metrics.
    """

    def __init__(
        self, owner: str, metrics: str | list[str] | None, rule: str | list[str] | None = None
    ) -> None:
        names = [metrics] if isinstance(metrics, str) else list(metrics or ())
        if len(set(names)) < len(names) or (AUTO in names and len(names) > 1):
            raise ArgumentError(
                f"{owner} must be names that differ, or 'auto' alone, got {shorten(metrics)}."
            )
        rules = [rule] * len(names) if rule is None or isinstance(rule, str) else list(rule)
        if len(rules) != len(names):
            raise ArgumentError(
                f'{owner}: there must be one rule for all metrics or one for each of {names}, '
                f'got {shorten(rule)}.'
            )
        self.owner = owner
        self.metrics = names
        self._auto_rule = rules[0] if names == [AUTO] else None
        self._is_auto = names == [AUTO]
        pairs = zip(names, rules, strict=True)
        self._monitors = [Monitor(owner, name, r) for name, r in pairs if name != AUTO]
        self.records: dict[str, dict[str, Any]] = {}

    @property
    def first(self) -> dict[str, Any] | None:
        """Record of the first metric that has one."""
        return next(iter(self.records.values()), None)

    def update(self, reported: Mapping[str, Any], epoch: int) -> list[str]:
        """Update with the metrics of a validation; return those of which it is the best so far.

        Args:
            reported: Metrics by name.
            epoch: Finished epochs, or iterations in iteration-based training.

        Raises:
            UserError: If a metric is not reported, or is not a number.
        """
        if self._is_auto and not self._monitors and reported:
            self._monitors = [Monitor(self.owner, next(iter(reported)), self._auto_rule)]
        improved = []
        for monitor in self._monitors:
            before = self.records.get(monitor.metric, {})
            value, loss = monitor.value(reported), monitor.tie_loss(reported)
            if monitor.is_better(value, before.get('value'), loss, before.get('loss')):
                self.records[monitor.metric] = _record(monitor.metric, value, epoch, loss)
                improved.append(monitor.metric)
        return improved

    def load(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        """Continue with the records of a checkpoint; their files are named anew, for safety."""
        self.records = {
            metric: {**record, 'metric': metric, 'checkpoint': best_file(metric)}
            for metric, record in records.items()
        }
        if self._is_auto and self.records:
            self._monitors = [Monitor(self.owner, next(iter(self.records)), self._auto_rule)]


def _record(metric: str, value: float, epoch: int, loss: float | None) -> dict[str, Any]:
    record = {
        'metric': metric,
        'value': value,
        'epoch': epoch,
        'checkpoint': best_file(metric),
    }
    return record if loss is None else {**record, 'loss': loss}
