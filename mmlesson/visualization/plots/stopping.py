"""Recorded curve with the epochs at which stopping rules would have stopped training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure

from mmlesson.visualization.plots.style import new_figure, styled


@dataclass(frozen=True)
class StoppingMark:
    """Epoch at which one rule stops.

    Args:
        label: Name of the rule, for the legend.
        stop: Epoch at which the rule stops, or None if it does not.
        best_epoch: Epoch of the best score up to ``stop``, or None.
        best_value: Best score up to ``stop``, or None.
    """

    label: str
    stop: int | None
    best_epoch: int | None
    best_value: float | None


@styled
def draw_stopping(
    epochs: Sequence[int], scores: Sequence[float], metric: str, marks: Sequence[StoppingMark]
) -> Figure:
    """Draw the curve, a line where each rule stops, and a dot at its best score.

    Args:
        epochs: Epoch of each validation.
        scores: Value of the metric at each validation.
        metric: Name of the metric.
        marks: One mark per rule.
    """
    figure, ((axes,),) = new_figure(width=8, height=4.5)
    axes.plot(epochs, scores, color='black', linewidth=1.2, label=metric)
    for index, mark in enumerate(marks):
        color = matplotlib.colormaps['tab10'](index % 10)
        end = 'does not stop' if mark.stop is None else f'stops at {mark.stop}'
        axes.axvline(
            epochs[-1] if mark.stop is None else mark.stop,
            color=color,
            linestyle=':' if mark.stop is None else '--',
            label=f'{mark.label}: {end}',
        )
        if mark.best_epoch is not None and mark.best_value is not None:
            axes.plot([mark.best_epoch], [mark.best_value], 'o', color=color)
    axes.set(xlabel='epoch', ylabel=metric, title='Where training would have stopped')
    axes.legend(fontsize='small')
    return figure
