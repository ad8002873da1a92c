"""Replay stopping rules on a recorded curve: where would training have stopped?

The rules are those of `EarlyStoppingHook`; nothing is trained.
"""

from __future__ import annotations

import itertools
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.engine.early_stopping.rule import StoppingRule
from mmlesson.errors import ArgumentError, UserError
from mmlesson.runs.run import Run
from mmlesson.runs.scalars import Curve
from mmlesson.runs.summary import read_summary
from mmlesson.utils.atomic_file import atomic_path
from mmlesson.utils.metric_direction import direction
from mmlesson.utils.text_table import format_table


@dataclass(frozen=True)
class ReplayResult:
    """Result of one rule on a recorded curve.

    Attributes:
        setting: The rule in words.
        stop_epoch: Where it would have stopped, or None if nowhere on the recorded curve.
        reason: As in `Decision`.
        best_epoch: Epoch of the best score by then.
        best_value: That score.
        lost: How much worse that is than the best of the whole curve, in the metric's unit, >= 0.
        saved: Recorded epochs after the stop.
    """

    setting: str
    stop_epoch: int | None
    reason: str | None
    best_epoch: int | None
    best_value: float | None
    lost: float | None
    saved: int


def replay_run(args: Namespace) -> str:
    """Return the table of ``replay_stopping.py``, and draw the plot if ``--out`` asks for it.

    Args:
        args: Command line of the tool.

    Raises:
        UserError: If the run cannot be read, or an argument is not accepted.
    """
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
    ended = f'stopped at {stop["epoch"]} ({stop["reason"]})' if stop else 'was not stopped early'
    head = f'{monitor}: {len(curve.epochs)} validations up to {curve.epochs[-1]}; the run {ended}'
    return f'{head}\n{format_results(results)}'


def _summary(run: Run) -> dict[str, Any]:
    try:
        return read_summary(run.folder)
    except UserError:  # a run that was killed has a curve nevertheless
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
    """Feed a curve to a fresh rule until it stops."""
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
    """Return every combination as a name and arguments of `StoppingRule`.

    Args:
        criteria: Each takes only the values that it uses.
        patience: For 'patience'.
        min_delta: For 'patience'.
        alpha: For 'GL' and 'PQ'; None for the rule's own.
        strip: For 'PQ' and 'UP'.
        up_strips: For 'UP'.
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
    """Draw the curve, where each setting stops (line) and its best score (dot).

    Raises:
        UserError: If the file has another ending than .png, .svg or .pdf, or no folder.
    """
    if path.suffix not in ('.png', '.svg', '.pdf') or not path.parent.is_dir():
        raise UserError(f'--out must be a .png, .svg or .pdf in a folder that exists, got {path}.')
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
