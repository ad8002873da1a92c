"""Loss surface with the optimizer's path."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import Array, Extent, check_shapes
from mmlesson.visualization.plots.axes import LOG_FROM
from mmlesson.visualization.plots.plane import cell_centres
from mmlesson.visualization.plots.style import (
    FINAL,
    SEQUENTIAL,
    VAL,
    new_figure,
    set_title,
    styled,
)

LEVELS = 18
COARSE = (4, 40)  # cells along a side, from and below which contours are interpolated
FINE = 120  # points along a side then
RIM = 2  # cells beyond the edge that a bicubic kernel reads


@styled
def draw_loss_surface(
    losses: Any,
    extent: Extent,
    path: Any,
    *,
    explained: float | None = None,
    final: tuple[str, float, float] | None = None,
    x_label: str = 'parameter 1',
    y_label: str = 'parameter 2',
    title: str = 'Loss surface',
) -> Figure:
    """Draw the loss over a plane of the parameters, with the optimizer's path.

    Args:
        losses: Loss in each cell of `plane_grid`, (H, W). Cells that are not finite stay white.
        extent: Part of the plane to show.
        path: Positions of the optimizer in the plane, in order, (T, 2).
        explained: Share of the path's variance that the plane keeps, in percent; None if the
            model has no more than two parameters, so that the surface is exact.
        final: Weights that the run ended with, if they are not the last of the path: which they
            are, and their position. Marked by a star, and the end of the path by a square.
        x_label: Label of the x axis.
        y_label: Label of the y axis.
        title: Title; the share of variance that the plane keeps is added.

    Raises:
        ArgumentError: If a shape does not match, or no loss is finite.
    """
    owner = 'draw_loss_surface'
    check_shapes(owner, losses=(losses, 'H W'), path=(path, 'T 2'))
    figure, axes = new_figure(height=4.8)
    draw_levels(owner, axes[0, 0], losses, extent)
    _draw_path(axes[0, 0], np.asarray(path, dtype=float), final)
    axes[0, 0].set(xlabel=x_label, ylabel=y_label)
    figure.legend(loc='outside lower center', ncols=3 if final is None else 2)
    set_title(figure, f'{title}{exactness(explained)}')
    return figure


def draw_levels(owner: str, axes: Axes, losses: Any, extent: Extent) -> None:
    """Draw the loss as filled contours with a colour bar.

    Args:
        owner: Function that takes the losses, named in the message.
        axes: Axes to draw on.
        losses: Loss in each cell of `plane_grid`, (H, W). Cells that are not finite stay white.
        extent: Part of the plane to show.

    Raises:
        ArgumentError: If no loss is finite.
    """
    field = np.ma.masked_invalid(np.asarray(losses, dtype=float))
    if field.mask.all():
        raise ArgumentError(f'{owner}.losses must hold a finite loss; all {field.size} are not.')
    levels = loss_levels(field.compressed())
    x, y, field = _refined(*cell_centres(extent, *field.shape), field)
    filled = axes.contourf(x, y, field, levels, cmap=SEQUENTIAL)
    axes.contour(x, y, field, levels, colors='white', linewidths=0.4, linestyles='-')
    bar = axes.figure.colorbar(filled, ax=axes, label='loss per sample', format='{x:.2g}')
    bar.minorticks_off()
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    axes.grid(False)


def _refined(x: Array, y: Array, field: Any) -> tuple[Array, Array, Any]:
    """Return a coarse field on more points, by bicubic interpolation: its contours have no kinks.

    The surface passes through the measured losses, and does not leave their range.
    """
    if np.ma.is_masked(field) or not COARSE[0] <= min(field.shape) < COARSE[1]:
        return x, y, field
    low, high = field.min(), field.max()
    is_log = low > 0  # losses of a path differ by orders of magnitude
    values = np.asarray(np.log(field) if is_log else field, dtype=np.float32)
    # The cells are continued beyond the edge; without them the contours would bend there.
    image = Image.fromarray(np.pad(values, RIM, mode='reflect', reflect_type='odd'))
    # The points are the centres of new pixels, of which the outer ones are where they were.
    steps = np.subtract(values.shape[::-1], 1) / (FINE - 1)
    left, top = (RIM + 0.5 - steps / 2).tolist()
    right, bottom = (RIM + 0.5 - steps / 2 + FINE * steps).tolist()
    box = (left, top, right, bottom)
    fine = np.asarray(image.resize((FINE, FINE), Image.Resampling.BICUBIC, box))
    x, y = (np.linspace(axis[0], axis[-1], FINE) for axis in (x, y))
    return x, y, np.clip(np.exp(fine) if is_log else fine, low, high)


def exactness(explained: float | None) -> str:
    """Return the end of a title: exact, or which share of the variance the plane keeps."""
    if explained is None:
        return ' (exact)'
    return f": plane with {explained:.1f} % of the path's variance"


def loss_levels(losses: Array) -> Array:
    """Return the levels of contour lines, closer together near the minimum.

    Args:
        losses: Finite losses, (N,).

    Returns:
        Increasing levels, at least two. They are spaced by even ratios if all losses are above
        zero and within a factor of 10,000, otherwise quadratically.
    """
    low, high = float(losses.min()), float(losses.max())
    if high - low <= 1e-12 * max(abs(high), 1e-300):  # constant
        return np.array([low - 0.5, low + 0.5])
    if low > 0 and high / low < LOG_FROM * 10:
        levels = np.geomspace(low, high, LEVELS)
    else:
        levels = low + (high - low) * np.linspace(0, 1, LEVELS) ** 2
    levels[[0, -1]] = low, high  # without rounding, to include the lowest and highest cell
    return levels


def _draw_path(axes: Any, path: Array, final: tuple[str, float, float] | None) -> None:
    style = {'color': VAL, 'markeredgecolor': 'white', 'linestyle': ''}
    axes.plot(*path.T, color='white', linewidth=3.2)  # outline, visible on dark and light colours
    axes.plot(*path.T, color=VAL, linewidth=1.6, label='path of the optimizer')
    if len(path):
        end = {'marker': '*', 'markersize': 14} if final is None else {'marker': 's'}
        axes.plot(*path[0], marker='o', markersize=8, label='start', **style)
        axes.plot(*path[-1], label='end of the path', **{'markersize': 8, **style, **end})
    if final is not None:
        label, x, y = final
        axes.plot(x, y, markersize=14, label=f'final weights: {label}', **FINAL)
