"""Norms of gradients and weights, and dead units, per layer over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mmlesson.visualization.plots.array_checks import check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import mark_at_foot, use_log_if_wide, use_whole_numbers
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.style import PALETTE, SEQUENTIAL, new_figure, set_title, styled

NAMED_LAYERS = 10  # with more, the colour shows the depth
STYLES = ('-', '--', '-.')
LOG_NORMS_FROM = 30  # ratio of largest to smallest; gradients vanish exponentially with depth


@styled
def draw_layer_norms(
    epochs: Any,
    norms: Mapping[str, Any],
    *,
    quantity: str = 'gradient norm (L2)',
    epoch_label: str = 'epoch',
    title: str = 'Gradient norm per layer',
) -> Figure:
    """Draw a norm of each layer over time, which reveals vanishing and exploding gradients.

    Norms that are not finite, or zero on a logarithmic axis, are crosses at the bottom.

    Args:
        epochs: Epoch of each record, (T,).
        norms: Norm at each epoch, (T,), by layer, from input to output.
        quantity: Label of the y axis.
        epoch_label: Unit of ``epochs``, the label of the x axis.
        title: Title of the figure.

    Raises:
        ArgumentError: If a layer does not have one value per epoch, or there is no layer.
    """
    figure, axes = _draw_layers('draw_layer_norms', 'norms', epochs, norms)
    positive = [np.asarray(values, dtype=float) for values in norms.values()]
    use_log_if_wide(axes, [values[values > 0] for values in positive], LOG_NORMS_FROM)
    if axes.get_yscale() == 'log':
        zero = {x for values in positive for x in np.asarray(epochs)[values == 0]}
        mark_at_foot(axes, sorted(zero), 'black', 'zero')
    axes.set(xlabel=epoch_label, ylabel=quantity)
    _add_legend(figure, axes, norms)
    set_title(figure, title)
    return figure


@styled
def draw_dead_units(
    epochs: Any,
    shares: Mapping[str, Any],
    *,
    epoch_label: str = 'epoch',
    title: str = 'Dead units per layer',
) -> Figure:
    """Draw the percentage of dead units of each layer over time.

    Args:
        epochs: Epoch of each record, (T,).
        shares: Dead units in percent at each epoch, (T,), by layer, from input to output.
        epoch_label: Unit of ``epochs``, the label of the x axis.
        title: Title of the figure.

    Raises:
        ArgumentError: If a layer does not have one value per epoch, or there is no layer.
    """
    figure, axes = _draw_layers('draw_dead_units', 'shares', epochs, shares)
    axes.set(xlabel=epoch_label, ylabel='dead units (%)', ylim=(-2, 102))
    _add_legend(figure, axes, shares)
    set_title(figure, title)
    return figure


def _draw_layers(
    owner: str, name: str, epochs: Any, values: Mapping[str, Any]
) -> tuple[Figure, Axes]:
    check_not_empty(owner, name, values)
    check_shapes(owner, epochs=(epochs, 'T'))
    figure, axes = new_figure(height=4.6)
    layers = drawable_names(list(values), noun='layer', length=26)
    for number, (layer, line) in enumerate(zip(layers, values.values(), strict=True)):
        check_shapes(owner, epochs=(epochs, 'T'), **{f'{name}[{layer!r}]': (line, 'T')})
        if len(values) <= NAMED_LAYERS:
            color: Any = PALETTE[number]
        else:
            color = matplotlib.colormaps[SEQUENTIAL](number / (len(values) - 1))
        line = np.asarray(line, dtype=float)
        marker = 'o' if len(line) == 1 else None
        axes[0, 0].plot(
            epochs,
            line,
            color=color,
            linestyle=STYLES[number % len(STYLES)],
            marker=marker,
            label=layer,
        )
        lost = np.asarray(epochs)[~np.isfinite(line)]
        mark_at_foot(axes[0, 0], lost, color, f'{layer} not finite')
    use_whole_numbers(axes[0, 0].xaxis)
    return figure, axes[0, 0]


def _add_legend(figure: Figure, axes: Axes, layers: Mapping[str, Any]) -> None:
    if len(layers) <= NAMED_LAYERS:
        figure.legend(loc='outside lower center', ncols=2)
        return
    scale = ScalarMappable(Normalize(1, len(layers)), SEQUENTIAL)
    bar = figure.colorbar(scale, ax=axes, label='layer, from input to output')
    use_whole_numbers(bar.ax.yaxis)
