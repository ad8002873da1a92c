"""Decision lines of a perceptron after each update, and its mistakes with Novikoff's bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmlesson.errors import ArgumentError, check_int, check_number
from mmlesson.visualization.plots.array_checks import check_labels, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import use_log, use_whole_numbers
from mmlesson.visualization.plots.fonts import class_names
from mmlesson.visualization.plots.linear_boundary import linear_boundary
from mmlesson.visualization.plots.plane import plane_extent
from mmlesson.visualization.plots.style import (
    INK,
    TRAIN,
    VAL,
    class_colors,
    new_figure,
    set_title,
    styled,
)

MAX_LINES = 40  # maximum drawn, evenly spaced and including the first and the last
AGES = ListedColormap(matplotlib.colormaps['YlGnBu'](np.linspace(0.3, 1, 256)))
POCKET: dict[str, Any] = {'color': VAL, 'linestyle': '--', 'linewidth': 2.4}
BOUND = 'bound (R / g)²; R: radius of the data, g: margin'
FAR = 30  # bound over updates; beyond, a linear axis would show the bound alone


@styled
def draw_perceptron_lines(
    inputs: Any,
    labels: Any,
    weights: Any,
    biases: Any,
    *,
    pocket: int | None = None,
    classes: Sequence[str] | None = None,
    title: str = 'The line after each update',
) -> Figure:
    """Draw the decision line of a two-class perceptron after each update, the last in black.

    Args:
        inputs: Training points, (N, 2).
        labels: Classes of the points, 0 or 1, (N,).
        weights: Weight after each update, (T, 2).
        biases: Bias after each update, (T,).
        pocket: Update, from 1 on, whose weights the model was given at the end; its line is drawn
            dashed. None if the model has the last ones.
        classes: Names of the two.
        title: Title; the number of updates is added.

    Raises:
        ArgumentError: If shapes or labels do not fit together, or there was no such update.
    """
    owner = 'draw_perceptron_lines'
    check_shapes(owner, inputs=(inputs, 'N 2'), labels=(labels, 'N'))
    sizes = check_shapes(owner, weights=(weights, 'T 2'), biases=(biases, 'T'))
    check_not_empty(owner, 'weights', weights)
    labels = check_labels(owner, 'labels', labels, 2)
    names = class_names(owner, classes, 2)
    figure, axes = new_figure(height=4.8)
    extent = plane_extent(inputs)
    colors = class_colors(2)
    axes[0, 0].scatter(
        *np.transpose(inputs), s=22, c=colors[labels], edgecolors='white', linewidths=0.5, zorder=3
    )
    _draw_lines(axes[0, 0], np.asarray(weights), np.asarray(biases), extent)
    if pocket is not None:
        _draw_pocket(axes[0, 0], np.asarray(weights), np.asarray(biases), pocket, extent)
    axes[0, 0].set(xlim=extent[:2], ylim=extent[2:], xlabel='x1', ylabel='x2')
    handles: list[Any] = [
        Line2D([], [], linestyle='', marker='o', color=color, label=name)
        for color, name in zip(colors, names, strict=True)
    ]
    handles.append(Line2D([], [], color=INK, linewidth=2.4, label='last line'))
    if pocket is not None:
        handles.append(Line2D([], [], label=f'pocket, update {pocket}', **POCKET))
    figure.legend(handles=handles, loc='outside lower center', ncols=len(handles))
    if sizes['T'] > 1:
        scale = ScalarMappable(Normalize(1, sizes['T']), AGES)
        bar = figure.colorbar(scale, ax=axes[0, 0], label='update')
        use_whole_numbers(bar.ax.yaxis)
    shown = min(sizes['T'], MAX_LINES)
    note = f', {shown} of them drawn' if shown < sizes['T'] else ''
    note += '' if pocket is None else f'; pocket, update {pocket}'
    set_title(figure, f'{title}: {sizes["T"]} updates{note}')
    return figure


def _draw_lines(axes: Axes, weights: Any, biases: Any, extent: Any) -> None:
    chosen = np.unique(np.linspace(0, len(weights) - 1, MAX_LINES).round().astype(int))
    for update in chosen:
        segments = linear_boundary(weights[update, None], biases[update, None], extent)
        last = update == len(weights) - 1
        lines = LineCollection(
            segments,
            colors=INK if last else [AGES(update / max(len(weights) - 1, 1))],
            linewidths=2.4 if last else 1.0,
            zorder=2 if last else 1,
        )
        lines.set_gid(f'update {update + 1}')
        axes.add_collection(lines)


def _draw_pocket(axes: Axes, weights: Any, biases: Any, update: int, extent: Any) -> None:
    check_int('draw_perceptron_lines', 'pocket', update)
    if update > len(weights):
        raise ArgumentError(
            f'draw_perceptron_lines.pocket must be an update, 1 to {len(weights)}, got {update}.'
        )
    segments = linear_boundary(weights[update - 1, None], biases[update - 1, None], extent)
    lines = LineCollection(
        segments,
        colors=POCKET['color'],
        linewidths=POCKET['linewidth'],
        linestyles=POCKET['linestyle'],
        zorder=2.5,
    )
    lines.set_gid('pocket')
    axes.add_collection(lines)


@styled
def draw_perceptron_mistakes(
    mistakes: Any,
    *,
    epochs: Any = None,
    epoch_label: str = 'epoch',
    bound: float | None = None,
    separable: bool | None = None,
    title: str = 'Mistakes of the perceptron',
) -> Figure:
    """Draw the mistakes in each epoch, and their running total with Novikoff's bound.

    Each mistake causes one update. If a line separates the data with margin g, and all points lie
    within radius R, there are at most (R / g)^2 updates.

    Args:
        mistakes: Number of mistakes in each epoch, (T,).
        epochs: Number of each epoch, (T,); counted from 1 if None.
        epoch_label: Unit of ``epochs``; 'iteration' for iteration-based training.
        bound: (R / g)^2; None if it is unknown or does not exist.
        separable: Whether the training data are linearly separable; None if that is unknown, and
            then nothing is said of it.
        title: Title; the number of updates, the bound, and what is known are added.

    Raises:
        ArgumentError: If there is no epoch, or the bound is not a number >= 0.

    References:
        Novikoff (1962), On convergence proofs on perceptrons.
    """
    owner = 'draw_perceptron_mistakes'
    epochs = np.arange(1, len(mistakes) + 1) if epochs is None else np.asarray(epochs)
    check_shapes(owner, mistakes=(mistakes, 'T'), epochs=(epochs, 'T'))
    check_not_empty(owner, 'mistakes', mistakes)
    if bound is not None:
        check_number(owner, 'bound', bound, minimum=0)
    figure, axes = new_figure(2, 1, height=5.2, share_x=True)
    total = np.cumsum(mistakes)
    width = 0.8 * float(np.diff(epochs).min(initial=epochs[0]))
    axes[0, 0].bar(epochs, mistakes, width, color=TRAIN)
    axes[0, 0].set_ylabel(f'mistakes per {epoch_label}' if epoch_label == 'epoch' else 'mistakes')
    axes[1, 0].plot(epochs, total, color=TRAIN, marker='o', markersize=3.5, label='updates so far')
    axes[1, 0].set(xlabel=epoch_label, ylabel='updates')
    if bound is not None:
        axes[1, 0].axhline(
            bound,
            color=VAL,
            linestyle='--',
            label='bound (R / g)²; R: radius of the data, g: margin',
        )
        if total[0] > 0 and bound > FAR * total[-1]:
            use_log(axes[1, 0])
        else:
            axes[1, 0].set_ylim(bottom=0)
    figure.legend(*axes[1, 0].get_legend_handles_labels(), loc='outside lower center', ncols=2)
    use_whole_numbers(axes[1, 0].xaxis)
    use_whole_numbers(axes[0, 0].yaxis)
    against = ['separable data'] if separable else []
    against += [f'bound {bound:.4g}'] if bound is not None else []
    against += ['no bound: no line separates the data'] if separable is False else []
    set_title(figure, f'{title}: {", ".join([f"{total[-1]} updates", *against])}')
    return figure
