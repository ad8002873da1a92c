"""Axes settings shared by several plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter

from mmlesson.visualization.plots.style import MUTED

LOG_FROM = 1e3  # ratio of largest to smallest value that a linear axis can still show


def as_image_axes(axes: Axes) -> None:
    """Remove ticks and frame from axes that show an image."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def frame_image(axes: Axes) -> None:
    """Draw a thin frame around an image, whose own edge may be as white as the page."""
    for spine in axes.spines.values():
        spine.set(visible=True, color=MUTED, linewidth=0.5)


def use_whole_numbers(axis: Axis) -> None:
    """Put ticks at whole numbers only, as for epochs."""
    axis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


def use_log(axes: Axes) -> None:
    """Make the y axis logarithmic, with plain numbers at its ticks."""
    axes.set_yscale('log')
    axes.yaxis.set_major_formatter(StrMethodFormatter('{x:g}'))  # the default one writes TeX
    axes.yaxis.set_minor_formatter(NullFormatter())


def use_log_if_wide(axes: Axes, values: Sequence[Any], ratio: float = LOG_FROM) -> None:
    """Make the y axis logarithmic if its values are above zero and span more than ``ratio``."""
    flat = np.concatenate([np.asarray(array, dtype=float) for array in values])
    flat = flat[np.isfinite(flat)]
    if len(flat) and flat.min() > 0 and flat.max() / flat.min() > ratio:
        use_log(axes)


def mark_at_foot(axes: Axes, positions: Any, color: Any, label: str) -> None:
    """Draw crosses at the bottom of the axes, at values that the axes cannot show.

    Args:
        axes: Axes to draw on.
        positions: x coordinates; if there are none, nothing is drawn.
        color: Colour of the crosses.
        label: Label in the legend.
    """
    if len(positions):
        axes.plot(
            positions,
            np.zeros(len(positions)),
            'x',
            color=color,
            transform=axes.get_xaxis_transform(),  # y in axes coordinates: 0 is the bottom
            clip_on=False,
            label=label,
        )
