"""Activation of each hidden neuron over the plane of two inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmlesson.visualization.plots.array_checks import Array, Extent, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.image_grid import grid_shape, largest_size
from mmlesson.visualization.plots.style import (
    DIVERGING,
    INK,
    WIDTH,
    new_figure,
    set_title,
    styled,
)

MAX_NEURONS = 36  # maximum drawn; more maps would be too small


class NeuronMaps:
    """Maps of hidden neurons that can be updated in place, as for an animation, on a fixed scale.

    Args:
        num_neurons: Number of neurons; the first `MAX_NEURONS` are drawn.
        extent: Part of the plane to show.
        inputs: Points to draw on each map, (N, 2), or None.
        limit: Absolute activation at full colour; the largest of the first update if None.

    Attributes:
        figure: The figure.
    """

    @styled
    def __init__(
        self,
        num_neurons: int,
        extent: Extent,
        *,
        inputs: Any = None,
        limit: float | None = None,
    ) -> None:
        self.num_neurons, self.extent, self.limit = num_neurons, extent, limit
        shown = min(num_neurons, MAX_NEURONS)
        rows, columns = grid_shape(shown, widest=6)
        cell = (WIDTH - 1.5) / max(columns, 3)  # the rest goes to the colour bar
        tall = cell * float(np.clip((extent[3] - extent[2]) / (extent[1] - extent[0]), 0.5, 2))
        self.figure, axes = new_figure(
            rows, columns, width=WIDTH, height=rows * (tall + 0.25) + 0.9, grid=False
        )
        self.axes = list(axes.flat)
        for panel in self.axes:
            as_image_axes(panel)
        self._images = [
            panel.imshow(np.zeros((2, 2)), cmap=DIVERGING, extent=extent, origin='lower')
            for panel in self.axes[:shown]
        ]
        if inputs is not None:
            check_shapes('NeuronMaps', inputs=(inputs, 'N 2'))
            for panel in self.axes[:shown]:
                panel.scatter(*np.transpose(inputs), s=6, color=INK, edgecolors='white', lw=0.4)
                panel.set(xlim=extent[:2], ylim=extent[2:])
        self.figure.supxlabel('x1', fontsize=10)
        self.figure.supylabel('x2', fontsize=10)
        self._bar = self.figure.colorbar(
            self._images[0], ax=self.axes, label='activation', shrink=0.8, aspect=25
        )

    @styled
    def update(self, activations: Any, *, title: str = 'Activation of each hidden neuron') -> None:
        """Show new activations.

        Args:
            activations: Activation of each neuron in each cell of `plane_grid`, (K, H, W).
            title: Title of the figure.
        """
        check_shapes('NeuronMaps', activations=(activations, f'{self.num_neurons} H W'))
        maps = np.asarray(activations, dtype=float)[: len(self._images)]
        self.limit = self.limit or largest_size(maps)
        for number, (panel, image, values) in enumerate(
            zip(self.axes, self._images, maps, strict=False), 1
        ):
            image.set_data(values)
            image.set_clim(-self.limit, self.limit)
            panel.set_title(str(number), fontsize=9, pad=3)
            panel.set_xlabel('constant' if _is_constant(values) else '', fontsize=8, labelpad=1)
        self._bar.ax.set_ylim(0 if maps.min() >= 0 else -self.limit, self.limit)  # as of ReLU
        shown = len(self._images)
        if shown < self.num_neurons:
            title += f': the first {shown} of {self.num_neurons}'
        set_title(self.figure, title)


def _is_constant(values: Array) -> bool:
    """Return whether a neuron is constant: dead or saturated."""
    return bool(np.ptp(values) <= 1e-6 * max(1.0, float(np.abs(values).max())))


def draw_neurons(
    activations: Any,
    extent: Extent,
    *,
    inputs: Any = None,
    title: str = 'Activation of each hidden neuron',
) -> Figure:
    """Draw the activation of each hidden neuron over the plane of two inputs.

    Red is positive and blue negative, on one scale for all neurons. A neuron with the same
    activation everywhere is labelled 'constant'.

    Args:
        activations: Activation of each neuron in each cell of `plane_grid`, (K, H, W).
        extent: Part of the plane to show.
        inputs: Points to draw on each map, (N, 2).
        title: Title of the figure.

    Raises:
        ArgumentError: If the shapes do not fit together, or there is no neuron.
    """
    check_shapes('draw_neurons', activations=(activations, 'K H W'))
    check_not_empty('draw_neurons', 'activations', activations)
    maps = NeuronMaps(len(activations), extent, inputs=inputs)
    maps.update(activations, title=title)
    return maps.figure
