"""One `StoppingRule` for each monitored metric, built from the hook's arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmlesson.early_stopping.rule import StoppingRule
from mmlesson.errors import ArgumentError
from mmlesson.utils.metric_direction import direction


def monitor_names(owner: str, monitor: Any) -> list[str]:
    """Return the metric names in ``monitor``, a name or a list of names.

    Raises:
        ArgumentError: If it is neither, is empty, or has duplicate names.
    """
    names = [monitor] if isinstance(monitor, str) else monitor
    is_list = isinstance(names, Sequence) and len(names) > 0
    if not is_list or not all(isinstance(name, str) and name for name in names):
        raise ArgumentError(
            f'{owner}.monitor must be the name of a metric or a list of names, got {monitor!r}.'
        )
    if len(set(names)) < len(names):
        raise ArgumentError(f'{owner}.monitor must hold each name once, got {monitor!r}.')
    return list(names)


def build_rules(
    owner: str, metrics: list[str], per_metric: Mapping[str, Any], shared: Mapping[str, Any]
) -> dict[str, StoppingRule]:
    """Build the rule of each metric.

    Args:
        owner: Class that the arguments belong to, for error messages.
        metrics: Names of the metrics.
        per_metric: Arguments of `StoppingRule`, each one value for all metrics or a list with one
            value for each.
        shared: Arguments that are the same for all metrics.

    Raises:
        ArgumentError: If a list differs in length from ``metrics``, or a value is invalid.
    """
    columns = {name: _spread(owner, name, value, metrics) for name, value in per_metric.items()}
    rules = {}
    for index, metric in enumerate(metrics):
        own = {name: column[index] for name, column in columns.items()}
        own['rule'] = direction(metric) if own['rule'] is None else own['rule']
        rules[metric] = StoppingRule(**own, **shared, owner=owner)
    return rules


def _spread(owner: str, name: str, value: Any, metrics: list[str]) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [value] * len(metrics)
    if len(value) != len(metrics):
        raise ArgumentError(
            f'{owner}.{name} must be one value or a list of {len(metrics)}, one per monitor, '
            f'got {value!r}.'
        )
    return list(value)
