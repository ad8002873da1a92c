"""Recorded scalars of a run, read from its ``scalars.json`` files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.errors import UserError, did_you_mean

Point = dict[str, Any]
PHASES = ('val', 'train', 'layers')


@dataclass(frozen=True)
class Curve:
    """Values of one metric over a run.

    Attributes:
        metric: Name of the metric.
        epochs: Epoch (iteration, in iteration-based training) of each validation.
        scores: Value of the metric at each validation.
        train_losses: Training loss of the last epoch finished at each validation, or None.
    """

    metric: str
    epochs: list[int]
    scores: list[float]
    train_losses: list[float | None]

    def best(self, rule: str) -> float:
        """Return the best finite score of the curve."""
        finite = [score for score in self.scores if math.isfinite(score)]
        if not finite:
            raise UserError(f'{self.metric!r} must have a finite value, got none in this run.')
        return max(finite) if rule == 'greater' else min(finite)


def read_curve(run: Path, metric: str) -> Curve:
    """Read one metric of a run.

    Args:
        run: Work directory, or one of its time-stamped folders. In a work directory the newest
            folder is read; if it was resumed, earlier epochs are read from the folders before it.
        metric: Name of a validation metric, or 'train/...' for a mean over the training epoch.

    Raises:
        UserError: If there is no record, or it does not contain the metric.
    """
    points = read_points(run)
    val, train = points['val'], points['train']
    names = {name for _, point in val for name in point}
    names |= {f'train/{name}' for _, point in train for name in point}
    epochs, scores, losses = [], [], []
    for epoch, point in val:
        latest = next((metrics for at, metrics in reversed(train) if at <= epoch), {})
        reported = {**{f'train/{name}': value for name, value in latest.items()}, **point}
        if metric in reported:
            epochs.append(epoch)
            scores.append(_value(reported[metric]))
            losses.append(_value(latest['loss']) if 'loss' in latest else None)
    if not epochs:
        listed = ', '.join(repr(name) for name in sorted(names)) or 'nothing'
        raise UserError(
            f'metric {metric!r} was not recorded at the validations of {run}, which hold: {listed}.'
            f'{did_you_mean(metric, names)}'
        )
    return Curve(metric, epochs, scores, losses)


def read_points(run: Path) -> dict[str, list[tuple[int, Point]]]:
    """Read the validations, training epochs and layer norms of a run, in order.

    Args:
        run: Work directory, or one of its time-stamped folders.

    Returns:
        For 'val', 'train' and 'layers', pairs of an epoch and its recorded values by name.

    Raises:
        UserError: If there is no record.
    """
    if not run.is_dir():
        raise UserError(f'RUN must be the folder of a run, got {run}, which is not a folder.')
    own = run / 'vis_data' / 'scalars.json'
    files = [own] if own.is_file() else sorted(run.glob('*/vis_data/scalars.json'), reverse=True)
    if not files:
        raise UserError(
            f'RUN must hold vis_data/scalars.json or <time>/vis_data/scalars.json, got {run}. '
            'Give the work_dir of a run that has validated.'
        )
    points: dict[str, dict[int, Point]] = {phase: {} for phase in PHASES}
    for file in files:  # newest first: a resumed run continues where an older file ends
        known = [step for phase in points.values() for step in phase]
        first = min(known, default=math.inf)
        if first <= 1:
            break
        for phase, step, point in _read_lines(file):
            if step < first:
                points[phase][step] = {**points[phase].get(step, {}), **point}
    return {phase: sorted(of_phase.items()) for phase, of_phase in points.items()}


def _read_lines(file: Path) -> list[tuple[str, int, Point]]:
    """Return phase, step and metrics of each line with metrics; skip an incomplete last line."""
    lines = file.read_text(encoding='utf-8').splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
        except ValueError as err:
            if number == len(lines):
                break
            raise UserError(f'{file}, line {number}, must be JSON: {err}. Is it damaged?') from err
        if not isinstance(entry, Mapping):
            continue
        step = int(entry.get('epoch') or entry.get('iter', 0))  # epoch 0: iteration-based training
        for phase in PHASES:
            start = f'{phase}/'
            named = {k.removeprefix(start): v for k, v in entry.items() if k.startswith(start)}
            if named:
                found.append((phase, step, named))
    return found


def _value(value: Any) -> float:
    """Return a recorded number; null, which JSON uses for non-finite numbers, becomes NaN."""
    return math.nan if value is None else float(value)
