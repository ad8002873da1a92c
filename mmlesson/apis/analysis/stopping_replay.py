"""Replay of stopping rules on a recorded curve, without training.

The rules are those of `EarlyStoppingHook`.
"""

from __future__ import annotations

import itertools
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.early_stopping.rule import StoppingRule
from mmlesson.errors import ArgumentError, UserError
from mmlesson.runs.run import Run
from mmlesson.runs.scalars import Curve
from mmlesson.runs.summary import read_summary
from mmlesson.utils.atomic_file import atomic_path
from mmlesson.utils.cli import check_output_file
from mmlesson.utils.metric_direction import direction
from mmlesson.utils.text_table import format_table


@dataclass(frozen=True)
class ReplayResult:
    """Result of one rule on a recorded curve.

    Attributes:
        setting: Description of the rule.
        stop_epoch: Epoch at which it would have stopped, or None if it would not have stopped.
        reason: Reason to stop, as in `Decision`.
        best_epoch: Epoch of the best score up to the stop.
        best_value: Best score up to the stop.
        lost: Difference from the best of the complete curve, in the metric's unit, >= 0.
        saved: Number of recorded epochs after the stop.
    """

    setting: str
    stop_epoch: int | None
    reason: str | None
    best_epoch: int | None
    best_value: float | None
    lost: float | None
    saved: int


def replay_run(args: Namespace) -> str:
    """Return the table of ``replay_stopping.py``, and draw the figure if ``--out`` is given.

    Args:
        args: Parsed command line of the tool.

    Raises:
        UserError: If the run cannot be read, or an argument is not accepted.
    """
    if args.out:
        check_output_file('--out', args.out, ['.png', '.svg', '.pdf'])
    run = Run(args.run)
    summary = _summary(run)
    monitor = args.monitor or (summary.get('best') or {}).get('metric')
    if monitor is None:
        raise ArgumentError('--monitor must be given, as the run has no best in summary.json.')
    curve = run.curve(monitor)
    results = [
        replay(curve, StoppingRule(**_common(args, monitor), **options, owner='replay_stopping'), n)
        for n, options in settings(
            args.criterion, args.patience, args.min_delta, args.alpha, args.strip, args.up_strips
        )
    ]
    if args.out:
        plot(curve, results, args.out)
    stop = summary.get('stop') or {}
    ended = (
        f'stopped at epoch {stop["epoch"]} ({stop["reason"]})' if stop else 'was not stopped early'
    )
    last = f'{len(curve.epochs)} validations, the last at epoch {curve.epochs[-1]}'
    head = f'{monitor}: {last}; the run {ended}'
    return f'{head}\n{format_results(results)}'


def _summary(run: Run) -> dict[str, Any]:
    try:
        return read_summary(run.folder)
    except UserError:  # a run that was killed has a curve but no summary
        return {}


def _common(args: Namespace, monitor: str) -> dict[str, Any]:
    """Return the arguments that all rules share."""
    return {
        'rule': args.rule or direction(monitor),
        'min_delta_mode': args.min_delta_mode,
        'baseline': args.baseline,
        'stopping_threshold': args.stopping_threshold,
        'divergence_threshold': args.divergence_threshold,
        'start_from': args.start_from,
        'check_finite': not args.ignore_non_finite,
    }


def replay(curve: Curve, rule: StoppingRule, setting: str = '') -> ReplayResult:
    """Update a new rule with the points of a curve until it stops."""
    points = zip(curve.epochs, curve.scores, curve.train_losses, strict=True)
    stop_epoch, reason = None, None
    for epoch, score, train_loss in points:
        decision = rule.update(score, epoch, train_loss)
        if decision.stop:
            stop_epoch, reason = epoch, decision.reason
            break
    best = rule.best
    lost = None if best is None else abs(curve.best(rule.rule) - best)
    saved = 0 if stop_epoch is None else curve.epochs[-1] - stop_epoch
    return ReplayResult(setting, stop_epoch, reason, rule.best_epoch, best, lost, saved)


def settings(
    criteria: Sequence[str],
    patience: Sequence[int],
    min_delta: Sequence[float],
    alpha: Sequence[float] | None,
    strip: int,
    up_strips: Sequence[int],
) -> list[tuple[str, dict[str, Any]]]:
    """Return every combination as a name and the arguments of `StoppingRule`.

    Args:
        criteria: Names of criteria; each is combined only with the values that it uses.
        patience: Values of ``patience``, for 'patience'.
        min_delta: Values of ``min_delta``, for 'patience'.
        alpha: Thresholds for 'GL' and 'PQ'; None for the defaults of `StoppingRule`.
        strip: Length of a strip, for 'PQ' and 'UP'.
        up_strips: Numbers of strips, for 'UP'.
    """
    made: list[tuple[str, dict[str, Any]]] = []
    for criterion in criteria:
        options: list[dict[str, Any]] = [{}]
        if criterion == 'patience':
            options = [
                {'patience': p, 'min_delta': d} for p, d in itertools.product(patience, min_delta)
            ]
        elif criterion in ('GL', 'PQ') and alpha is not None:
            options = [{f'{criterion.lower()}_alpha': setting} for setting in alpha]
        elif criterion == 'UP':
            options = [{'up_strips': setting} for setting in up_strips]
        if criterion in ('PQ', 'UP'):
            options = [{**setting, 'strip': strip} for setting in options]
        for setting in options:
            words = ' '.join(f'{name}={value}' for name, value in setting.items())
            name = words if criterion == 'patience' else f'{criterion} {words}'.strip()
            made.append((name, {**setting, 'criterion': criterion}))
    return made


def format_results(results: Iterable[ReplayResult], unit: str = 'epochs') -> str:
    """Return the results as a text table."""
    head = ['setting', 'stops at', 'best at', 'best', 'lost', f'{unit} saved']
    return format_table(head, [_cells(result) for result in results])


def plot(curve: Curve, results: Sequence[ReplayResult], path: Path) -> None:
    """Draw the curve, the stop of each setting (line) and its best score (dot)."""
    from mmlesson.visualization.plots.stopping import StoppingMark, draw_stopping

    marks = [StoppingMark(r.setting, r.stop_epoch, r.best_epoch, r.best_value) for r in results]
    figure = draw_stopping(curve.epochs, curve.scores, curve.metric, marks)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=path.suffix[1:])


def _cells(result: ReplayResult) -> list[str]:
    return [
        result.setting,
        'never' if result.stop_epoch is None else str(result.stop_epoch),
        '-' if result.best_epoch is None else str(result.best_epoch),
        '-' if result.best_value is None else f'{result.best_value:.6g}',
        '-' if result.lost is None else f'{result.lost:.4g}',
        str(result.saved),
    ]
