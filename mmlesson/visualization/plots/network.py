"""Diagram of a small network, with its weights and the activations of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.image_grid import largest_size
from mmlesson.visualization.plots.style import DIVERGING, INK, new_figure, set_title, styled

WIDEST, THINNEST = 4.0, 0.4  # points, of the lines of weights
LABEL_GAP = 0.13  # between a circle and its name, in distances between layers


@styled
def draw_network(
    weights: Sequence[Any],
    activations: Sequence[Any],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    title: str = 'Network',
) -> Figure:
    """Draw a network of fully connected layers from left to right, with one sample within.

    Red lines are positive weights and blue ones negative, the wider the larger in the layer. The
    number in a circle is the activation of the unit, red above zero and blue below.

    Args:
        weights: Weight of each layer, (units, inputs), from input to output.
        activations: The inputs, the activations of each hidden layer, and the outputs, (units,);
            one more than the weights.
        inputs: Names of the inputs.
        outputs: Names of the outputs.
        title: Title of the figure.

    Raises:
        ArgumentError: If shapes or names do not fit together.
    """
    owner = 'draw_network'
    check_not_empty(owner, 'weights', weights)
    if len(activations) != len(weights) + 1:
        raise ArgumentError(
            f'{owner}.activations must be {len(weights) + 1}, one more than the weights, got '
            f'{len(activations)}.'
        )
    for number, weight in enumerate(weights):
        sizes = f'{len(activations[number + 1])} {len(activations[number])}'
        check_shapes(owner, **{f'weights[{number}]': (weight, sizes)})
    check_shapes(owner, inputs=(inputs, f'{len(activations[0])}'))
    check_shapes(owner, outputs=(outputs, f'{len(activations[-1])}'))
    most = max(map(len, activations))
    figure, axes = new_figure(width=2.2 + 1.7 * len(weights), height=1.6 + 0.55 * most, grid=False)
    as_image_axes(axes[0, 0])
    places = [_places(layer, len(units)) for layer, units in enumerate(activations)]
    for layer, weight in enumerate(weights):
        _draw_weights(axes[0, 0], np.asarray(weight, dtype=float), places[layer : layer + 2])
    limit = max(map(largest_size, activations))
    for units, centres in zip(activations, places, strict=True):
        _draw_units(axes[0, 0], np.asarray(units, dtype=float), centres, limit)
    _name_units(axes[0, 0], places[0], inputs, -LABEL_GAP, 'right')
    _name_units(axes[0, 0], places[-1], outputs, LABEL_GAP, 'left')
    axes[0, 0].set(xlim=(-0.5, len(weights) + 0.6), ylim=(-most / 2 - 0.1, most / 2 + 0.1))
    scale = ScalarMappable(Normalize(-limit, limit), DIVERGING)
    figure.colorbar(scale, ax=axes[0, 0], label='activation', shrink=0.8)
    set_title(figure, title)
    return figure


def _places(layer: int, count: int) -> Array:
    """Return the centres of the units of a layer, the first on top, (count, 2)."""
    return np.column_stack([np.full(count, layer), (count - 1) / 2 - np.arange(count)])


def _draw_weights(axes: Axes, weight: Array, places: Sequence[Array]) -> None:
    limit = largest_size(weight)
    lines = [(start, end) for end in places[1] for start in places[0]]
    strength = np.abs(weight).ravel() / limit
    colors = matplotlib.colormaps[DIVERGING](0.5 + 0.4 * np.sign(weight.ravel()))
    widths = THINNEST + (WIDEST - THINNEST) * strength
    axes.add_collection(LineCollection(lines, colors=colors, linewidths=widths, zorder=1))


def _draw_units(axes: Axes, units: Array, places: Array, limit: float) -> None:
    style: dict[str, Any] = {
        'cmap': DIVERGING,
        'vmin': -limit,
        'vmax': limit,
        'edgecolors': INK,
        'zorder': 2,
    }
    axes.scatter(places[:, 0], places[:, 1], s=620, c=units, **style)
    for (x, y), value in zip(places, units, strict=True):
        color = 'white' if abs(value) > 0.6 * limit else INK
        axes.text(x, y, f'{value:.2f}', ha='center', va='center', fontsize=8, color=color)


def _name_units(axes: Axes, places: Array, names: Sequence[str], gap: float, side: str) -> None:
    for (x, y), name in zip(places, drawable_names(list(names), length=12), strict=True):
        axes.text(x + 1.6 * gap, y, name, ha=side, va='center', fontsize=10)
