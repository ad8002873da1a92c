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
    """Draw quantities over the steps of a run, a panel for each.

    Args:
        steps: When, (T,); in epochs they need not be whole.
        panels: By quantity, such as 'learning rate', and then by name of the parameter group, its
            value at each step, (T,).
        step_label: What ``steps`` counts.
        title: Title of the figure.

    Raises:
        ArgumentError: If a line has not as many values as there are steps, or there is none.
    """
    owner = 'draw_schedule'
    check_not_empty(owner, 'panels', panels)
    figure, axes = new_figure(len(panels), height=1.2 + 2.2 * len(panels), share_x=True)
    for panel, (quantity, lines) in zip(axes[:, 0], panels.items(), strict=True):
        names = drawable_names(list(lines), noun='group', length=28)
        for number, (name, values) in enumerate(zip(names, lines.values(), strict=True)):
            check_shapes(owner, steps=(steps, 'T'), **{quantity: (values, 'T')})
            # A value holds until the next step: a line between two would invent values.
            color = PALETTE[number % 10]
            panel.plot(steps, np.asarray(values), drawstyle='steps-post', color=color, label=name)
        panel.set_ylabel(quantity)
        use_log_if_wide(panel, list(lines.values()))
        if len(lines) > 1:
            panel.legend()
    axes[-1, 0].set_xlabel(step_label)
    set_title(figure, title)
    return figure
