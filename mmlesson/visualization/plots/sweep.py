"""Results of a sweep: a dot for each run, and mean and standard deviation of each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import check_not_empty
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.style import MUTED, TRAIN, VAL, new_figure, set_title, styled

ROW = 0.45  # height of a cell in inches
SHIFT = 0.16  # half the distance between the metrics of a cell, in cells
COLORS = (VAL, TRAIN, MUTED)
MARKERS = ('o', 's', '^')


@styled
def draw_sweep(
    cells: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    failed: Mapping[str, int] | None = None,
    value_label: str = 'accuracy (%)',
    title: str = 'Sweep',
) -> Figure:
    """Draw a row per cell: a dot per run, and the mean with one standard deviation.

    Args:
        cells: Value of each run, by name of the cell and then by metric: up to three metrics of
            one unit, such as 'val' and 'test'. Metrics may be missing if all runs failed.
        failed: Number of failed runs by name of the cell, shown beside the name.
        value_label: Label of the x axis: the quantity and its unit.
        title: Title of the figure.

    Raises:
        ArgumentError: If there is no cell or no value at all, or there are too many metrics.
    """
    owner = 'draw_sweep'
    check_not_empty(owner, 'cells', cells)
    metrics = list(dict.fromkeys(name for values in cells.values() for name in values))
    if not 1 <= len(metrics) <= len(COLORS):
        raise ArgumentError(f'{owner}.cells must have 1 to 3 metrics, got {metrics}.')
    figure, grid = new_figure(height=1.5 + ROW * len(cells), grid=False)
    axes = grid[0, 0]
    middle = (len(metrics) - 1) / 2
    for place, metric in enumerate(metrics):
        style = {'color': COLORS[place], 'marker': MARKERS[place]}
        for row, values in enumerate(cells.values()):
            numbers = np.asarray(values.get(metric, ()), dtype=float)
            if not len(numbers):
                continue
            height = row + SHIFT * 2 * (place - middle)
            axes.plot(numbers, [height] * len(numbers), linestyle='', ms=4, alpha=0.4, **style)
            spread = numbers.std(ddof=1) if len(numbers) > 1 else 0.0
            axes.errorbar(
                numbers.mean(),
                height,
                xerr=spread,
                ms=7,
                capsize=3,
                linewidth=1.6,
                mec='white',
                **style,
            )
        axes.plot([], [], linestyle='', ms=7, label=metric, **style)
    counts = failed or {}
    lost = [f'\n{counts[name]} failed' if counts.get(name) else '' for name in cells]
    names = drawable_names(list(cells), noun='cell', length=32)
    axes.set_yticks(range(len(cells)), [a + b for a, b in zip(names, lost, strict=True)])
    axes.set(xlabel=value_label, ylim=(len(cells) - 0.5, -0.5))  # the first cell on top
    axes.grid(True, axis='x')
    figure.legend(loc='outside lower center', ncols=3)
    set_title(figure, title)
    return figure
