"""The sample that caused an update of a perceptron, with the line before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmlesson.visualization.plots.animation import Animation
from mmlesson.visualization.plots.array_checks import (
    Array,
    Extent,
    check_labels,
    check_not_empty,
    check_shapes,
)
from mmlesson.visualization.plots.fonts import class_names
from mmlesson.visualization.plots.linear_boundary import linear_boundary
from mmlesson.visualization.plots.plane import plane_extent, plane_grid
from mmlesson.visualization.plots.style import (
    INK,
    MUTED,
    VAL,
    class_colors,
    new_figure,
    set_title,
    styled,
)

SIDES = 120  # cells of the coloured half planes, along each side
COLUMNS = 3
LINES: dict[str, dict[str, Any]] = {
    'before': {'color': MUTED, 'linestyle': '--', 'linewidth': 1.8},
    'after': {'color': INK, 'linestyle': '-', 'linewidth': 2.2},
}
SAMPLE: dict[str, Any] = {
    **{'marker': 'o', 'markersize': 13, 'markeredgewidth': 2.4, 'linestyle': ''},
    **{'markerfacecolor': 'none', 'markeredgecolor': VAL},
}


class _UpdatePanel:
    """Points, and an update: its sample, the line before and after, and the sides after it."""

    def __init__(self, axes: Axes, inputs: Array, labels: Array, extent: Extent) -> None:
        self._axes, self._extent = axes, extent
        colors = class_colors(2)
        pale = ListedColormap(0.25 * colors + 0.75)
        self._cells = plane_grid(extent, SIDES).astype(float)
        self._sides = axes.imshow(
            np.zeros((SIDES, SIDES)),
            origin='lower',
            extent=extent,
            aspect='auto',
            cmap=pale,
            vmin=0,
            vmax=1,
        )
        x, y = inputs.T
        axes.scatter(x, y, s=14, c=colors[labels], edgecolors='white', linewidths=0.4)
        self._lines = {name: axes.plot([], [], **style)[0] for name, style in LINES.items()}
        (self._sample,) = axes.plot([], [], **SAMPLE)
        axes.set(xlim=extent[:2], ylim=extent[2:])

    def update(self, sample: Array, before: Array, after: Array, *, title: str) -> None:
        """Show an update: its sample (2,), and w1, w2 and b before and after it, (3,)."""
        for line, plane in zip(self._lines.values(), (before, after), strict=True):
            segments = linear_boundary(plane[None, :2], plane[None, 2], self._extent)
            line.set_data(*(segments[0].T if segments else ([], [])))
        self._sides.set_data((self._cells @ after[:2] + after[2] > 0).reshape(SIDES, SIDES))
        self._sample.set_data(*sample[:, None])
        self._axes.set_title(title, fontsize=10)


@styled
def draw_perceptron_updates(
    inputs: Any,
    labels: Any,
    samples: Any,
    before: Any,
    after: Any,
    *,
    numbers: Sequence[int],
    classes: Sequence[str] | None = None,
    title: str = 'Updates of the perceptron',
) -> Figure:
    """Draw some updates of a two-class perceptron, a panel for each.

    Args:
        inputs: Training points, (N, 2).
        labels: Classes of the points, 0 or 1, (N,).
        samples: The misclassified sample of each update, (T, 2).
        before: Weights w1, w2 and bias b before each update, (T, 3).
        after: The same after it, (T, 3).
        numbers: Number of each update, counted from 1.
        classes: Names of the two classes.
        title: Title of the figure.

    Raises:
        ArgumentError: If shapes or labels do not fit together, or there is no update.
    """
    owner = 'draw_perceptron_updates'
    points = _checked(owner, inputs, labels, samples, before, after, numbers)
    names = class_names(owner, classes, 2)
    extent = plane_extent(np.concatenate([points[0], points[2]]))
    columns = min(COLUMNS, len(numbers))
    rows = -(-len(numbers) // columns)
    figure, axes = new_figure(rows, columns, height=1.1 + 2.1 * rows, grid=False)
    for spare in axes.flat[len(numbers) :]:
        spare.remove()
    for panel, number, *update in zip(axes.flat, numbers, *points[2:], strict=False):
        shown = _UpdatePanel(panel, *points[:2], extent)
        shown.update(*update, title=f'update {number}')
    _add_legend(figure, names)
    set_title(figure, title)
    return figure


@styled
def animate_perceptron_updates(
    inputs: Any,
    labels: Any,
    samples: Any,
    before: Any,
    after: Any,
    *,
    numbers: Sequence[int],
    classes: Sequence[str] | None = None,
    title: str = 'Updates of the perceptron',
) -> Animation:
    """Draw updates one after the other; arguments as of `draw_perceptron_updates`."""
    owner = 'animate_perceptron_updates'
    points = _checked(owner, inputs, labels, samples, before, after, numbers)
    extent = plane_extent(np.concatenate([points[0], points[2]]))
    figure, axes = new_figure(height=4.8, grid=False)
    shown = _UpdatePanel(axes[0, 0], *points[:2], extent)
    axes[0, 0].set(xlabel='x1', ylabel='x2')
    _add_legend(figure, class_names(owner, classes, 2))
    set_title(figure, title)
    animation = Animation(max(len(numbers), 2), title=title)
    for number, *update in zip(numbers, *points[2:], strict=True):
        shown.update(*update, title=f'update {number}')
        animation.add(figure, f'update {number}')
    return animation


def _checked(
    owner: str, inputs: Any, labels: Any, samples: Any, before: Any, after: Any, numbers: Any
) -> tuple[Array, Array, Array, Array, Array]:
    """Return the points, their labels and the updates as arrays that fit together."""
    check_shapes(owner, inputs=(inputs, 'N 2'), labels=(labels, 'N'))
    check_shapes(
        owner,
        samples=(samples, 'T 2'),
        before=(before, 'T 3'),
        after=(after, 'T 3'),
        numbers=(numbers, 'T'),
    )
    check_not_empty(owner, 'samples', samples)
    floats = [np.asarray(values, dtype=float) for values in (inputs, samples, before, after)]
    return floats[0], check_labels(owner, 'labels', labels, 2), floats[1], floats[2], floats[3]


def _add_legend(figure: Figure, names: Sequence[str]) -> None:
    handles: list[Any] = [
        Line2D([], [], linestyle='', marker='o', color=color, label=name)
        for color, name in zip(class_colors(2), names, strict=True)
    ]
    handles += [Line2D([], [], label=f'line {name}', **LINES[name]) for name in LINES]
    handles.append(Line2D([], [], label='misclassified sample', **{**SAMPLE, 'markersize': 9}))
    figure.legend(handles=handles, loc='outside lower center', ncols=COLUMNS)
