"""Probability of each class over the input plane, and of some samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from mmlesson.visualization.plots.array_checks import (
    Array,
    Extent,
    check_labels,
    check_not_empty,
    check_shapes,
)
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.fonts import class_names
from mmlesson.visualization.plots.image_grid import grid_shape
from mmlesson.visualization.plots.style import (
    INK,
    SEQUENTIAL,
    class_colors,
    new_figure,
    set_title,
    styled,
)

WIDEST = 5  # panels in a row
PANEL, BARS = 1.75, 2.6  # inches, heights
NARROW = 70  # letters of all names side by side from which they are rotated
LUMA = (0.299, 0.587, 0.114)  # shares of red, green and blue in the brightness
DARK = 0.42  # brightness below which numbers are white
LEAST_WRITTEN = 8  # percent; a smaller share of a bar has no room for its number


@styled
def draw_probabilities(
    probabilities: Any,
    labels: Any,
    *,
    inputs: Any = None,
    grid: Any = None,
    extent: Extent | None = None,
    classes: Sequence[str] | None = None,
    title: str = 'Probabilities',
) -> Figure:
    """Draw the probabilities of some samples as stacked bars, below those over the input plane.

    Args:
        probabilities: Probabilities of each sample, rows that sum to 1, (N, C).
        labels: True classes of the samples, (N,).
        inputs: The samples, (N, 2); needed with ``grid``.
        grid: Probabilities in the cells of a `plane_grid`, (H, W, C); None to draw the bars alone.
        extent: Part of the plane that ``grid`` covers; needed with it.
        classes: Class names.
        title: Title of the figure.

    Raises:
        ArgumentError: If a shape or a label does not fit, or there is no sample.
    """
    owner = 'draw_probabilities'
    sizes = check_shapes(owner, probabilities=(probabilities, 'N C'), labels=(labels, 'N'))
    check_not_empty(owner, 'probabilities', probabilities)
    count = sizes['C']
    labels = check_labels(owner, 'labels', labels, count)
    names = class_names(owner, classes, count)
    rows, columns = (0, 1) if grid is None else grid_shape(count, WIDEST)
    heights = [PANEL] * rows + [BARS]
    figure, axes = new_figure(1 + rows, columns, height=0.9 + sum(heights), grid=False)
    layout = axes[0, 0].get_gridspec()
    layout.set_height_ratios(heights)
    for spare in axes.flat[0 if grid is None else count :]:
        spare.remove()
    bars = figure.add_subplot(layout[rows, :])
    if grid is not None:
        check_shapes(owner, inputs=(inputs, f'{sizes["N"]} 2'), grid=(grid, f'H W {count}'))
        _draw_planes(figure, axes.flat[:count], np.asarray(grid), extent, names, inputs)
    _draw_bars(bars, 100 * np.asarray(probabilities, dtype=float), labels, names)
    figure.legend(
        *bars.get_legend_handles_labels(),
        loc='outside lower center',
        ncols=min(count, WIDEST),
    )
    set_title(figure, title)
    return figure


def _draw_planes(
    figure: Figure, panels: Any, grid: Array, extent: Any, names: Sequence[str], inputs: Any
) -> None:
    for label, (panel, name) in enumerate(zip(panels, names, strict=True)):
        as_image_axes(panel)
        image = panel.imshow(
            100 * grid[..., label],
            origin='lower',
            extent=extent,
            vmin=0,
            vmax=100,
            cmap=SEQUENTIAL,
            aspect='auto',
            interpolation='bilinear',
        )
        panel.set_title(name, fontsize=10)
        for number, (x, y) in enumerate(inputs, 1):
            text = panel.text(x, y, str(number), color='white', fontsize=7.5)
            edge = withStroke(linewidth=1.6, foreground=INK)
            text.set(ha='center', va='center', path_effects=[edge])
    figure.colorbar(image, ax=list(panels), label='probability (%)')


def _draw_bars(axes: Axes, shares: Array, labels: Array, names: Sequence[str]) -> None:
    places = [float(place) for place in range(1, len(shares) + 1)]
    floor = np.zeros(len(shares))
    for label, color in enumerate(class_colors(len(names))):
        part = shares[:, label]
        axes.bar(
            places,
            part,
            0.8,
            floor,
            color=color,
            edgecolor='white',
            linewidth=0.4,
            label=names[label],
        )
        for place, start, share in zip(places, floor, part, strict=True):
            if share >= LEAST_WRITTEN:
                ink = 'white' if color @ LUMA < DARK else INK
                text = axes.text(place, start + share / 2, f'{share:.0f}', fontsize=8, color=ink)
                text.set(ha='center', va='center')
        floor = floor + part
    axes.plot([0.4, len(places) + 0.6], [100, 100], color=INK, linewidth=0.8, linestyle='--')
    ticks = [f'{place:.0f}\n{names[label]}' for place, label in zip(places, labels, strict=True)]
    longest = max(map(len, names))
    is_narrow = longest * len(places) > NARROW
    axes.set_xticks(places, ticks, rotation=30 if is_narrow else 0, fontsize=8)
    axes.set(xlim=(0.4, len(places) + 0.6), ylim=(0, 104), ylabel='probability (%)')
    axes.set_xlabel('sample and its true class')
