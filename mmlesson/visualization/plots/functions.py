"""Activation functions with their derivatives, and losses over the margin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmlesson.errors import check_choice
from mmlesson.visualization.plots.array_checks import check_not_empty, check_shapes
from mmlesson.visualization.plots.style import MUTED, PALETTE, new_figure, set_title, styled

BOLD, PLAIN = 3.4, 1.6  # points, of the function of the run and of the others


@styled
def draw_activations(
    inputs: Any,
    values: Mapping[str, Any],
    derivatives: Mapping[str, Any],
    *,
    own: str | None = None,
    title: str = 'Activation functions',
) -> Figure:
    """Draw activation functions on the left, and their derivatives on the right.

    Args:
        inputs: Where they are evaluated, in order, (N,).
        values: Values of each function, (N,), by its name.
        derivatives: Derivative of each function, (N,), by its name.
        own: Name of the function to draw bold, such as that of a run; None for none.
        title: Title of the figure.

    Raises:
        ArgumentError: If there is no function, or names or shapes do not match.
    """
    owner = 'draw_activations'
    check_not_empty(owner, 'values', values)
    if own is not None:
        check_choice(owner, 'own', own, values)
    for name in values:
        check_choice(owner, 'derivatives', name, derivatives)
        check_shapes(owner, inputs=(inputs, 'N'), **{f'values[{name!r}]': (values[name], 'N')})
        check_shapes(owner, inputs=(inputs, 'N'), derivatives=(derivatives[name], 'N'))
    figure, axes = new_figure(1, 2, height=3.6)
    for panel, curves, label in zip(
        axes[0], (values, derivatives), ('activation', 'derivative'), strict=True
    ):
        _draw_curves(panel, inputs, {name: curves[name] for name in values}, own)
        panel.set(xlabel='input z', ylabel=label, xlim=(np.min(inputs), np.max(inputs)))
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc='outside lower center', ncols=len(values)
    )
    set_title(figure, title)
    return figure


@styled
def draw_losses(
    margins: Any,
    losses: Mapping[str, Any],
    *,
    own: str | None = None,
    samples: Any = None,
    title: str = 'Losses over the margin',
) -> Figure:
    """Draw losses over the margin, and below them the margins of the samples of a run.

    Args:
        margins: Margins at which the losses are given, in order, (N,).
        losses: Each loss, (N,), by its name.
        own: Name of the loss to draw bold, such as that of a run; None for none.
        samples: Margins of samples, (M,); None to leave them out. Those beyond ``margins`` are
            counted in the outermost bars.
        title: Title of the figure.

    Raises:
        ArgumentError: If there is no loss, or names or shapes do not match.
    """
    owner = 'draw_losses'
    check_not_empty(owner, 'losses', losses)
    if own is not None:
        check_choice(owner, 'own', own, losses)
    for name, values in losses.items():
        check_shapes(owner, margins=(margins, 'N'), **{f'losses[{name!r}]': (values, 'N')})
    low, high = float(np.min(margins)), float(np.max(margins))
    rows = 1 if samples is None else 2
    figure, axes = new_figure(rows, height=3.4 if rows == 1 else 5.2, share_x=True)
    _draw_curves(axes[0, 0], margins, losses, own)
    axes[0, 0].set(ylabel='loss of a sample', xlim=(low, high), ylim=(-0.1, None))
    axes[0, 0].legend(loc='upper right')
    if samples is not None:
        check_shapes(owner, samples=(samples, 'M'))
        axes[1, 0].hist(np.clip(samples, low, high), bins=np.linspace(low, high, 25), color=MUTED)
        axes[1, 0].set_ylabel('training samples')
    for panel in axes[:, 0]:
        panel.axvline(0, color=MUTED, linewidth=1, linestyle='--')
    beyond = '' if samples is None else '; outer bars: all beyond'
    axes[-1, 0].set_xlabel(f'margin m: wrong below 0, right above{beyond}')
    set_title(figure, title)
    return figure


def _draw_curves(axes: Axes, inputs: Any, curves: Mapping[str, Any], own: str | None) -> None:
    for number, (name, values) in enumerate(curves.items()):
        axes.plot(
            inputs,
            values,
            color=PALETTE[number % len(PALETTE)],
            linewidth=BOLD if name == own else PLAIN,
            zorder=2 if name == own else 3,
            label=f'{name} (this run)' if name == own else name,
        )
