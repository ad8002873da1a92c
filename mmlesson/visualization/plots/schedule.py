"""Learning rate and momentum at each step of a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmlesson.visualization.plots.array_checks import check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import use_log_if_wide
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.style import PALETTE, new_figure, set_title, styled


@styled
def draw_schedule(
    steps: Any,
    panels: Mapping[str, Mapping[str, Any]],
    *,
    step_label: str = 'epoch',
    title: str = 'Schedule',
) -> Figure:
    """Draw quantities over the steps of a run, one panel per quantity.

    Args:
        steps: Steps, (T,); fractions are allowed, for steps in epochs.
        panels: Values at each step, (T,), by quantity, such as 'learning rate', and then by name
            of the parameter group.
        step_label: Unit of ``steps``.
        title: Title of the figure.

    Raises:
        ArgumentError: If a line does not have one value per step, or there is no panel.
    """
    owner = 'draw_schedule'
    check_not_empty(owner, 'panels', panels)
    figure, axes = new_figure(len(panels), height=1.2 + 2.2 * len(panels), share_x=True)
    for panel, (quantity, lines) in zip(axes[:, 0], panels.items(), strict=True):
        names = drawable_names(list(lines), noun='group', length=28)
        for number, (name, values) in enumerate(zip(names, lines.values(), strict=True)):
            check_shapes(owner, steps=(steps, 'T'), **{quantity: (values, 'T')})
            # A value holds until the next step, so it is not interpolated.
            color = PALETTE[number % 10]
            panel.plot(steps, np.asarray(values), drawstyle='steps-post', color=color, label=name)
        panel.set_ylabel(quantity)
        use_log_if_wide(panel, list(lines.values()))
        if len(lines) > 1:
            panel.legend()
    axes[-1, 0].set_xlabel(step_label)
    set_title(figure, title)
    return figure
