"""Claims of a lesson: the ``expect`` entries of a config, checked against run summaries."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmlesson.errors import (
    ArgumentError,
    UserError,
    check_choice,
    check_number,
    did_you_mean,
    shorten,
)

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    '>=': operator.ge,
    '<=': operator.le,
    '>': operator.gt,
    '<': operator.lt,
    '==': operator.eq,
}
LARGEST = sys.float_info.max  # an int may be larger
_KEYS = ('metric', 'op', 'value', 'lesson', 'over', 'tolerance')


@dataclass(frozen=True)
class Claim:
    """A statement about the summaries of a lesson's runs, one run per seed.

    Args:
        metric: Path of a value in ``summary.json``: 'test/accuracy/top1', 'epochs',
            'stop/reason', 'diagnosis/verdict', 'facts/perceptron/bound_holds'.
        op: One of `OPERATORS`.
        value: Value to compare with; with ``lesson``, an offset added to that lesson's value.
        lesson: Another config, relative to ``configs/``, whose runs with the same seeds provide the
            value to compare with.
        over: 'each' if it must hold for every seed, 'mean' for their mean, or a fraction of seeds.
        tolerance: Largest difference that '==' accepts.
    """

    metric: str
    op: str
    value: Any = None
    lesson: str | None = None
    over: str | float = 'each'
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.metric, str):
            raise ArgumentError(f'expect.metric must be a str, got {self.metric!r}.')
        check_choice('expect', 'op', self.op, OPERATORS)
        if self.value is None and self.lesson is None:
            raise ArgumentError(f'expect: {self.metric!r} must have a value or a lesson.')
        if self.lesson is not None and not isinstance(self.lesson, str):
            raise ArgumentError(f'expect.lesson must be a config, got {shorten(self.lesson)}.')
        is_number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        is_compared = self.op != '==' or self.lesson or self.tolerance
        if self.value is not None and (is_number or is_compared):
            check_number('expect', 'value', self.value, -LARGEST, LARGEST)
        check_number('expect', 'tolerance', self.tolerance, 0, LARGEST)
        if self.tolerance and self.op != '==':
            raise ArgumentError(f"expect.tolerance must go with op '==', got {self.op!r}.")
        if isinstance(self.over, str):
            check_choice('expect', 'over', self.over, ('each', 'mean'))
        else:
            check_number('expect', 'over', self.over, 0.01, 1)

    @classmethod
    def from_config(cls, entry: Mapping[str, Any]) -> Claim:
        """Create a claim from an entry of ``expect``."""
        if not isinstance(entry, Mapping):
            raise ArgumentError(f'expect must be a list of dicts, got {entry!r} in it.')
        for key in entry:
            check_choice('expect', 'key', key, _KEYS)
        for key in ('metric', 'op'):
            if key not in entry:
                raise ArgumentError(f'expect: every claim must have {key!r}, got {dict(entry)!r}.')
        return cls(**entry)

    def __str__(self) -> str:
        wanted = str(self.value)
        if self.lesson is not None:
            wanted = f'{self.lesson} {self.value:+g}' if self.value else self.lesson
        about = f' (± {self.tolerance:g})' if self.tolerance else ''
        scope = '' if self.over == 'each' else ' on average'
        if not isinstance(self.over, str):
            scope = f' for {100 * self.over:g} % of seeds'
        return f'{self.metric} {self.op} {wanted}{about}{scope}'


@dataclass(frozen=True)
class Outcome:
    """Result of checking a claim.

    Attributes:
        claim: The claim as text.
        observed: Observed values per seed, or their mean, as text.
        holds: Whether the claim holds.
    """

    claim: str
    observed: str
    holds: bool


def check_claim(
    claim: Claim, own: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]] = ()
) -> Outcome:
    """Check a claim.

    Args:
        claim: Claim to check.
        own: Summaries of the lesson's runs, one per seed.
        other: Summaries of ``claim.lesson``, with the same seeds.

    Raises:
        UserError: If a summary does not contain the metric, or it cannot be averaged.
    """
    seen = [look_up(summary, claim.metric) for summary in own]
    wanted: list[Any] = [claim.value] * len(seen)
    if claim.lesson is not None:
        wanted = [_add(look_up(summary, claim.metric), claim.value) for summary in other]
    if claim.over == 'mean':
        seen, wanted = [_mean(claim, seen)], [_mean(claim, wanted)]
    held = [_compare(claim, result, value) for result, value in zip(seen, wanted, strict=True)]
    needed = 1.0 if isinstance(claim.over, str) else claim.over
    observed = ', '.join(shown_value(value) for value in seen)
    if claim.lesson is not None:
        observed += f' against {", ".join(shown_value(value) for value in wanted)}'
    return Outcome(str(claim), observed, sum(held) / len(held) >= needed)


def look_up(summary: Mapping[str, Any], metric: str) -> Any:
    """Return the value at a path like 'test/accuracy/top1'; names may contain slashes too.

    A value within an entry of None, such as 'stop/reason' of a run that did not stop, is None. NaN
    and infinity, which are stored by name, are returned as floats.
    """
    flat = dict(_flatten(summary))
    if metric not in flat and summary.get(metric.split('/')[0], metric) is None:
        return None
    if metric not in flat:
        listed = ', '.join(name for name in flat if '/' in name)
        raise UserError(
            f'{metric!r} is not in the summary of {summary.get("config")}, which holds: {listed}.'
            f'{did_you_mean(metric, flat)}'
        )
    value = flat[metric]
    return float(value) if value in ('nan', 'inf', '-inf') else value


def _flatten(value: Mapping[str, Any], start: str = '') -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat += _flatten(item, f'{start}{key}/')
        else:
            flat.append((f'{start}{key}', item))
    return flat


def _compare(claim: Claim, seen: Any, wanted: Any) -> bool:
    if claim.op == '==' and not claim.tolerance:
        return bool(seen == wanted)
    if not _is_number(seen) or not _is_number(wanted):
        return False
    if claim.tolerance:
        return bool(abs(seen - wanted) <= claim.tolerance)
    return OPERATORS[claim.op](seen, wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _add(value: Any, added: Any) -> Any:
    return value + added if added and _is_number(value) else value


def _mean(claim: Claim, values: Sequence[Any]) -> float:
    if not all(map(_is_number, values)):
        raise UserError(f'expect: {claim.metric!r} has no mean: {values!r}. Use over="each".')
    return float(sum(values) / len(values))


def shown_value(value: Any) -> str:
    """Return a value of a summary as a text."""
    return f'{value:.4g}' if isinstance(value, float) else str(value)
