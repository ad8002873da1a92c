"""Recorded scalars of a run, read from its ``scalars.json`` files."""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.errors import UserError, did_you_mean
from mmlesson.runs.side_file import is_count, is_file, is_number, parse_json, read_bytes, warn

Point = dict[str, Any]
PHASES = ('val', 'train', 'layers')
_NOT_METRICS = ('step', 'iter', 'epoch', 'time', 'data_time', 'memory')


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
    starts = sorted(run.glob('*/vis_data/scalars.json'), reverse=True)
    files = [own] if is_file(own) else [file for file in starts if is_file(file)]
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
    """Return phase, step and metrics of each line that has some.

    A last line that was cut is left out; for other damage there is one warning.
    """
    try:
        text = read_bytes(file)
    except UserError as err:
        warn(f'{err} It is left out.')
        return []
    is_ours = b'"train/' in text or b'"val/' in text
    lines = text.splitlines()
    found, problems = [], []
    for number, line in enumerate(lines, 1):
        try:
            points, wrong = _points_of(parse_json(line), is_ours) if line.strip() else ([], [])
        except ValueError as err:
            points, wrong = [], [str(err)] if number < len(lines) else []
        found += points
        problems += [f'line {number}: {problem}' for problem in wrong]
    if problems:
        more = f' (and {len(problems) - 1} more)' if len(problems) > 1 else ''
        warn(f'{file} is damaged, and read without what is wrong: {problems[0]}{more}.')
    return found


def _points_of(
    entry: dict[str, Any], is_ours: bool
) -> tuple[list[tuple[str, int, Point]], list[str]]:
    """Return phase, step and metrics of a line, and what is wrong with others of its values."""
    named = [
        (phase, name.removeprefix(f'{phase}/'), value)
        for name, value in entry.items()
        for phase in PHASES
        if name.startswith(f'{phase}/')
    ]
    if not named and not is_ours:
        named = _named_by_mmengine(entry)
    if not named:
        return [], []
    # Epoch 0: training by iterations. Only validations of mmengine have neither.
    step = entry.get('epoch') or entry.get('iter') or entry.get('step', 0)
    if not is_count(step):
        return [], [f"'epoch' or 'iter' must be a whole number, got {reprlib.repr(step)}"]
    points: dict[str, Point] = {}
    wrong = []
    for phase, name, value in named:
        if value is None or is_number(value):
            points.setdefault(phase, {})[name] = value
        else:
            wrong.append(f"'{phase}/{name}' must be a number, got {reprlib.repr(value)}")
    return [(phase, step, point) for phase, point in points.items()], wrong


def _named_by_mmengine(entry: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return phase, name and value of what mmengine's ``LoggerHook`` wrote in a line.

    mmengine 0.10.7 (hooks/logger_hook.py) writes no phase. A line of training has 'iter'; one of
    a validation has only 'step', which is its epoch, or its iteration without epochs.
    """
    is_test = any(name.startswith('test/') for name in entry)  # of our `ProgressHook`
    if 'step' not in entry or is_test:
        return []
    phase = 'train' if 'iter' in entry else 'val'
    return [(phase, name, value) for name, value in entry.items() if name not in _NOT_METRICS]


def _value(value: Any) -> float:
    """Return a recorded number; null, which JSON uses for non-finite numbers, becomes NaN."""
    return math.nan if value is None else float(value)
