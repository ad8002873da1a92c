"""What another stopping rule would have done on a recorded curve; no training.

It asks the very rule that the hook asks.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.engine.early_stopping.rule import StoppingRule
from mmlesson.errors import UserError
from mmlesson.runs.scalars import Curve


@dataclass(frozen=True)
class Outcome:
    """What one rule would have done.

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


def replay(curve: Curve, rule: StoppingRule, setting: str = '') -> Outcome:
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
    return Outcome(setting, stop_epoch, reason, rule.best_epoch, best, lost, saved)


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
            options = [{f'{criterion.lower()}_alpha': one} for one in alpha]
        elif criterion == 'UP':
            options = [{'up_strips': one} for one in up_strips]
        if criterion in ('PQ', 'UP'):
            options = [{**one, 'strip': strip} for one in options]
        for one in options:
            words = ' '.join(f'{name}={value}' for name, value in one.items())
            name = words if criterion == 'patience' else f'{criterion} {words}'.strip()
            made.append((name, {**one, 'criterion': criterion}))
    return made


def format_table(outcomes: Iterable[Outcome], unit: str = 'epochs') -> str:
    """Return the outcomes as lines of aligned columns."""
    head = ['setting', 'stops at', 'best at', 'best', 'lost', f'{unit} saved']
    rows = [head, *([*_cells(one)] for one in outcomes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return '\n'.join(
        '  '.join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def plot(curve: Curve, outcomes: Sequence[Outcome], path: Path) -> None:
    """Draw the curve with where each setting stops (line) and its best (dot).

    The file appears whole or not at all, in the place of an older one.
    """
    import matplotlib
    from matplotlib.figure import Figure

    if path.suffix not in ('.png', '.svg', '.pdf') or not path.parent.is_dir():
        raise UserError(f'--out must be a .png, .svg or .pdf in a folder that exists, got {path}.')
    figure = Figure(figsize=(8, 4.5), layout='constrained')
    axes = figure.subplots()
    axes.plot(curve.epochs, curve.scores, color='black', linewidth=1.2, label=curve.metric)
    for index, one in enumerate(outcomes):
        color = matplotlib.colormaps['tab10'](index % 10)
        end = 'does not stop' if one.stop_epoch is None else f'stops at {one.stop_epoch}'
        label = f'{one.setting}: {end}'
        axes.axvline(
            curve.epochs[-1] if one.stop_epoch is None else one.stop_epoch,
            color=color,
            linestyle=':' if one.stop_epoch is None else '--',
            label=label,
        )
        if one.best_epoch is not None and one.best_value is not None:
            axes.plot([one.best_epoch], [one.best_value], 'o', color=color)
    axes.set(xlabel='epoch', ylabel=curve.metric, title='Where training would have stopped')
    axes.legend(fontsize='small')
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        figure.savefig(temporary, format=path.suffix[1:], dpi=120)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _cells(one: Outcome) -> list[str]:
    return [
        one.setting,
        'never' if one.stop_epoch is None else str(one.stop_epoch),
        '-' if one.best_epoch is None else str(one.best_epoch),
        '-' if one.best_value is None else f'{one.best_value:.6g}',
        '-' if one.lost is None else f'{one.lost:.4g}',
        str(one.saved),
    ]
