"""Learning curves of one run or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import mark_at_foot, use_log_if_wide, use_whole_numbers
from mmlesson.visualization.plots.final_point import FinalPoint
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.style import (
    FINAL,
    HEIGHT,
    MUTED,
    PALETTE,
    TRAIN,
    VAL,
    WIDTH,
    new_figure,
    set_title,
    styled,
)

Curve = tuple[Any, Any]
"""Epochs and their values, two sequences of the same length."""

LINES: dict[str, dict[str, Any]] = {  # distinguished by dashes as well, for printing in grey
    'train': {'color': TRAIN, 'linestyle': '--', 'label': 'training'},
    'val': {'color': VAL, 'linestyle': '-', 'label': 'validation'},
}
LOWEST: dict[str, Any] = {'color': VAL, 'markerfacecolor': 'white', 'marker': 'o', 'markersize': 8}
LOG_LOSS_FROM = 50  # ratio of largest to smallest; beyond, the end of training looks like zero
SMALLEST_SPAN = 5.0  # percent of accuracy that the axis shows at least
DOTS_UP_TO = 30  # epochs; beyond, the dots would run into one another


@styled
def draw_learning_curves(
    loss: Mapping[str, Curve],
    accuracy: Mapping[str, Curve] | None = None,
    *,
    best_epoch: int | None = None,
    best_name: str = 'best',
    stop_epoch: int | None = None,
    stop_reason: str | None = None,
    final: FinalPoint | None = None,
    epoch_label: str = 'epoch',
    title: str = 'Learning curves',
) -> Figure:
    """Draw training and validation loss, and accuracy below it, over a shared epoch axis.

    The lowest validation loss is marked if the last one is higher.
    A value that is not finite leaves a gap, and is marked by a cross at the bottom of the axes.

    Args:
        loss: Epochs and mean loss per sample, by split: 'train', 'val' or both.
        accuracy: The same for the accuracy in percent; None or empty if there is none.
        best_epoch: Where the best checkpoint comes from; marked if given.
        best_name: What is the best there.
        stop_epoch: Where the run was stopped early; marked if given.
        stop_reason: Why, a few words.
        final: The weights that the run ended with, if they are not those of the last epoch; marked
            by a star.
        epoch_label: What the epochs count; 'iteration' where training knows no epochs.
        title: Title of the figure.

    Raises:
        ArgumentError: If a split has another name, or does not have one value per epoch.
    """
    panels = [('loss per sample', loss)]
    if accuracy:
        panels.append(('accuracy (%)', accuracy))
    figure, axes = new_figure(len(panels), height=5.4 if accuracy else 3.6, share_x=True)
    for panel, (label, curves) in zip(axes[:, 0], panels, strict=True):
        _draw_panel(panel, curves, label, epoch_label)
        if final is not None:
            _draw_final(panel, final, label.split()[0])
    for epoch, style in ((best_epoch, ':'), (stop_epoch, '-.')):
        if epoch is not None:
            _mark_epoch(axes[:, 0], epoch, style)
    axes[-1, 0].set_xlabel(epoch_label)
    use_whole_numbers(axes[-1, 0].xaxis)
    marks = (
        (best_epoch, ':', f'{best_name}: {epoch_label} {best_epoch}'),
        (stop_epoch, '-.', f'stopped: {epoch_label} {stop_epoch}'),
    )
    _add_legend(figure, axes[0, 0], marks, stop_reason)
    set_title(figure, title)
    return figure


def _draw_panel(axes: Axes, curves: Mapping[str, Curve], label: str, epoch_label: str) -> None:
    owner = 'draw_learning_curves'
    name = label.split()[0]
    if not curves or set(curves) - set(LINES):
        raise ArgumentError(
            f"{owner}.{name} must have curves for 'train', 'val' or both, got {list(curves)}."
        )
    for split, (epochs, values) in curves.items():
        check_shapes(owner, **{f'{name}_{split}': (epochs, 'T')})
        check_shapes(owner, epochs=(epochs, 'T'), **{f'{name}_{split}': (values, 'T')})
        values = np.asarray(values, dtype=float)
        marker = 'o' if len(values) <= DOTS_UP_TO else None
        axes.plot(epochs, values, marker=marker, markersize=3.5, **LINES[split])
        lost = np.asarray(epochs)[~np.isfinite(values)]
        mark_at_foot(axes, lost, LINES[split]['color'], f'{LINES[split]["label"]} not finite')
    axes.set_ylabel(label)
    if name == 'loss':
        use_log_if_wide(axes, [values for _, values in curves.values()], LOG_LOSS_FROM)
        if 'val' in curves:
            _mark_lowest(axes, *curves['val'], epoch_label)
    else:
        _show_span(axes)


def _mark_lowest(axes: Axes, epochs: Any, values: Any, epoch_label: str) -> None:
    """Mark the lowest validation loss, unless it is the last one too: it has not risen."""
    known = np.where(np.isfinite(values), np.asarray(values, dtype=float), np.inf)
    place = int(known.argmin()) if len(known) else 0
    if len(known) and known[place] < known[-1]:
        epoch, value = epochs[place], known[place]
        label = f'lowest validation loss: {value:.3g} ({epoch_label} {epoch})'
        axes.plot([epoch], [value], linestyle='', zorder=2.5, label=label, **LOWEST)


def _show_span(axes: Axes) -> None:
    """Widen the axis of an accuracy that hardly changes, so that noise does not look large."""
    low, high = axes.get_ylim()
    if high - low < SMALLEST_SPAN:
        top = min(high, 100 + 0.05 * SMALLEST_SPAN)
        axes.set_ylim(min(low, top - SMALLEST_SPAN), top)


def _draw_final(axes: Axes, final: FinalPoint, name: str) -> None:
    value = final.loss if name == 'loss' else final.accuracy
    points = ([], []) if value is None else ([final.epoch], [value])
    axes.plot(*points, markersize=13, zorder=3, label=f'final weights: {final.label}', **FINAL)


def _mark_epoch(column: Array, epoch: int, linestyle: str) -> None:
    for axes in column:
        axes.axvline(epoch, color=MUTED, linestyle=linestyle, linewidth=1.4)


def _add_legend(
    figure: Figure, axes: Axes, marks: Sequence[tuple[int | None, str, str]], reason: str | None
) -> None:
    handles, labels = axes.get_legend_handles_labels()
    for epoch, style, text in marks:
        if epoch is not None:
            handles.extend(axes.plot([], [], color=MUTED, linestyle=style, linewidth=1.4))
            labels.append(f'{text} ({reason})' if reason and style == '-.' else text)
    figure.legend(handles, labels, loc='outside lower center', ncols=2)


def mean_and_band(curves: Sequence[Curve]) -> tuple[Array, Array, Array]:
    """Return the epochs that all curves have, with mean and standard deviation at each.

    Epochs that some runs did not reach are left out, since their mean would be over fewer runs.
    The deviation is that of a sample (n - 1), and 0 for one curve.
    """
    values = [dict(zip(epochs, numbers, strict=True)) for epochs, numbers in curves]
    common = sorted(set.intersection(*[set(curve) for curve in values]))
    table = np.array([[curve[epoch] for epoch in common] for curve in values], dtype=float)
    deviation = table.std(0, ddof=1) if len(table) > 1 else np.zeros(len(common))
    return np.array(common), table.mean(0), deviation


@styled
def draw_run_comparison(
    runs: Mapping[str, Sequence[Curve]],
    *,
    value_label: str = 'validation accuracy (%)',
    title: str = 'Comparison of runs',
) -> Figure:
    """Draw one metric of several runs over epochs, with mean and band over their seeds.

    The line is the mean and the band one standard deviation to each side, over the epochs that
    all seeds reached; later epochs of single seeds are drawn as thin lines.

    Args:
        runs: Curves, one per seed, by name of the run.
        value_label: Name of the metric, with its unit.
        title: Title of the figure.

    Raises:
        ArgumentError: If there is no run, or a run without a curve.
    """
    owner = 'draw_run_comparison'
    check_not_empty(owner, 'runs', runs)
    figure, axes = new_figure(width=WIDTH, height=HEIGHT + 0.25 * max(0, len(runs) - 4) / 2)
    names = drawable_names(list(runs), noun='run', length=28)
    styles = ('-', '--', '-.', ':')
    for number, (name, curves) in enumerate(zip(names, runs.values(), strict=True)):
        check_not_empty(owner, f'runs[{name!r}]', curves)
        _draw_run(axes[0, 0], curves, name, PALETTE[number % 10], styles[number // 10 % 4])
    axes[0, 0].set(xlabel='epoch', ylabel=value_label)
    use_whole_numbers(axes[0, 0].xaxis)
    figure.legend(loc='outside lower center', ncols=2)
    several = any(len(curves) > 1 for curves in runs.values())
    set_title(figure, f'{title}: mean ± 1 standard deviation over seeds' if several else title)
    return figure


def _draw_run(axes: Axes, curves: Sequence[Curve], name: str, color: str, style: str) -> None:
    epochs, mean, deviation = mean_and_band(curves)
    seeds = f' ({len(curves)} seeds)' if len(curves) > 1 else ''
    marker = 'o' if len(epochs) == 1 else None
    axes.plot(epochs, mean, color=color, linestyle=style, marker=marker, label=f'{name}{seeds}')
    if len(curves) == 1:
        return
    axes.fill_between(epochs, mean - deviation, mean + deviation, color=color, alpha=0.2, lw=0)
    last = epochs[-1] if len(epochs) else -np.inf
    for own_epochs, values in curves:
        rest = np.asarray(own_epochs) >= last
        if rest.sum() > 1:
            axes.plot(
                np.asarray(own_epochs)[rest],
                np.asarray(values)[rest],
                color=color,
                linestyle=style,
                linewidth=0.7,
                alpha=0.8,
            )
