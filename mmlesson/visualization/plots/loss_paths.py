"""Paths of several optimizers on one loss surface, as a figure and as a film."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmlesson.visualization.plots.animation import Animation
from mmlesson.visualization.plots.array_checks import (
    Array,
    Extent,
    check_not_empty,
    check_shapes,
)
from mmlesson.visualization.plots.loss_surface import draw_levels, exactness
from mmlesson.visualization.plots.style import new_figure, set_title, styled

# Light on the dark surface, and distinct from each other also under colour blindness.
COLORS = (
    *('#ffffff', '#ff5c5c', '#7fd1ff', '#ff9df2', '#7dff9a'),
    *('#ffa64d', '#c9a0ff', '#00e5d4', '#ffffa8'),
)
COLUMNS = 3  # of the legend
STYLES = ('-', '--', ':')  # of the first nine runs, the next nine, and the rest
GROUND = '#444444'  # of the legend, whose colours are light
FRAMES = 40


@styled
def draw_loss_paths(
    losses: Any,
    extent: Extent,
    paths: Mapping[str, Any],
    *,
    explained: float | None = None,
    x_label: str = 'parameter 1',
    y_label: str = 'parameter 2',
    title: str = 'Runs',
) -> Figure:
    """Draw the loss over a plane of the parameters, with the path of each of several runs.

    Args:
        losses: Loss in each cell of `plane_grid`, (H, W). Cells that are not finite stay white.
        extent: Part of the plane to show.
        paths: Positions of each run in the plane, in order, (T, 2), by its name.
        explained: Share of the paths' variance that the plane keeps, in percent; None if the
            surface is exact.
        x_label: Label of the x axis.
        y_label: Label of the y axis.
        title: Start of the title; it is added how exact the surface is.

    Raises:
        ArgumentError: If a shape does not match, there is no path, or no loss is finite.
    """
    labels = (x_label, y_label, f'{title} on one loss surface{exactness(explained)}')
    figure, lines, ends = _draw_surface('draw_loss_paths', losses, extent, paths, labels)
    for line, end, path in zip(lines, ends, paths.values(), strict=True):
        line.set_data(*np.transpose(path))
        end.set_data(*np.transpose(path)[:, -1:])
    return figure


@styled
def animate_loss_paths(
    losses: Any,
    extent: Extent,
    paths: Mapping[str, Any],
    times: Mapping[str, Any],
    *,
    explained: float | None = None,
    x_label: str = 'parameter 1',
    y_label: str = 'parameter 2',
    title: str = 'Runs',
) -> Animation:
    """Draw the paths as they grow during training.

    Args:
        losses: As of `draw_loss_paths`, which also has the other arguments.
        extent: Part of the plane to show.
        paths: Positions of each run in the plane, in order, (T, 2), by its name.
        times: Share of its training that each position of a run has behind it, 0-1, (T,).
        explained: Share of the paths' variance that the plane keeps, in percent.
        x_label: Label of the x axis.
        y_label: Label of the y axis.
        title: Start of the titles.
    """
    owner = 'animate_loss_paths'
    for name, path in paths.items():
        check_shapes(owner, **{f'paths[{name!r}]': (path, 'T 2')}, times=(times[name], 'T'))
    labels = (x_label, y_label, f'{title} on one loss surface{exactness(explained)}')
    figure, lines, ends = _draw_surface(owner, losses, extent, paths, labels)
    animation = Animation(FRAMES, title=title)
    for moment in np.linspace(0, 1, FRAMES) ** 2:  # the first steps are the largest
        for line, end, name in zip(lines, ends, paths, strict=True):
            walked = _walked(np.asarray(paths[name], float), np.asarray(times[name]), moment)
            line.set_data(*walked.T)
            end.set_data(*walked[-1:].T)
        caption = f'{100 * moment:.0f} % of training'
        set_title(figure, f'{labels[2]}\n{caption}')
        animation.add(figure, caption)
    return animation


def _draw_surface(
    owner: str,
    losses: Any,
    extent: Extent,
    paths: Mapping[str, Any],
    labels: tuple[str, str, str],
) -> tuple[Figure, list[Any], list[Any]]:
    """Return a figure of the surface, and an empty line and an empty end for each path."""
    check_shapes(owner, losses=(losses, 'H W'))
    check_not_empty(owner, 'paths', paths)
    for name, path in paths.items():
        check_shapes(owner, **{f'paths[{name!r}]': (path, 'T 2')})
        check_not_empty(owner, f'paths[{name!r}]', path)
    figure, axes = new_figure(height=5.4)
    panel = axes[0, 0]
    draw_levels(owner, panel, losses, extent)
    lines, ends = [], []
    for number, name in enumerate(paths):
        color = COLORS[number % len(COLORS)]
        style = STYLES[min(number // len(COLORS), len(STYLES) - 1)]
        lines += panel.plot([], [], color=color, linestyle=style, linewidth=1.5, label=name)
        ends += panel.plot(
            [], [], 'o', color=color, markersize=7, markeredgecolor='black', zorder=4
        )
    panel.set(xlabel=labels[0], ylabel=labels[1])
    legend = figure.legend(handles=lines, loc='outside lower center', ncols=COLUMNS)
    legend.get_frame().set(facecolor=GROUND, edgecolor=GROUND, alpha=1)
    legend.set_frame_on(True)
    for text in legend.get_texts():
        text.set_color('white')
    set_title(figure, labels[2])
    return figure, lines, ends


def _walked(path: Array, times: Array, moment: float) -> Array:
    """Return the positions up to a moment, the last one interpolated, (T, 2), T >= 1."""
    here = [np.interp(moment, times, column) for column in path.T]
    return np.concatenate([path[times < moment], [here]])
