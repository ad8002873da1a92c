"""Weights as images: of a linear model, a first layer, or convolution kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.fonts import class_names, shorten
from mmlesson.visualization.plots.image_grid import grid_shape, largest_size
from mmlesson.visualization.plots.style import DIVERGING, WIDTH, new_figure, set_title, styled

MAX_OUTPUTS = 100  # maximum number of images with one or three channels, in one grid
MAX_SIDE = 12  # maximum number of outputs and of inputs of other layers, in a table
SMALL = 8  # font size over each image, in points


class WeightImages:
    """Weights as images that can be updated in place, as for an animation, on a fixed scale.

    Args:
        shape: Shape of the weights, (K, C, H, W).
        classes: Class names, if the outputs are classes; if a name is too long for its image,
            class numbers from 0 are used. If None, outputs are numbered from 1.
        limit: Absolute weight at full colour; the largest of the first update if None.

    Attributes:
        figure: The figure.
    """

    @styled
    def __init__(
        self,
        shape: tuple[int, int, int, int],
        *,
        classes: Sequence[str] | None = None,
        limit: float | None = None,
    ) -> None:
        self.shape, self.limit = shape, limit
        outputs, channels = shape[:2]
        self.table = channels not in (1, 3)
        if self.table:
            rows, columns = min(outputs, MAX_SIDE), min(channels, MAX_SIDE)
        else:
            rows, columns = grid_shape(min(outputs, MAX_OUTPUTS), widest=10)
        cell = (WIDTH - 1.5) / max(columns, 3)  # the rest goes to the colour bar
        room = 0.08 if self.table else 0.3
        self.figure, axes = new_figure(
            rows,
            columns,
            width=WIDTH,
            height=rows * (cell * shape[2] / shape[3] + room) + 0.6,
            grid=False,
        )
        for panel in axes.flat:
            as_image_axes(panel)
        self._axes = list(axes.flat)[: rows * columns if self.table else min(outputs, MAX_OUTPUTS)]
        blank = np.zeros((*shape[2:], 3)) if channels == 3 else np.zeros(shape[2:])
        self._images = [panel.imshow(blank, cmap=DIVERGING) for panel in self._axes]
        if self.table:
            _number_table(axes)
        else:
            names = self._names(classes, letters=int(cell * 72 / (0.62 * SMALL)))
            for panel, name in zip(self._axes, names, strict=False):
                panel.set_title(name, fontsize=SMALL, pad=2)
        if channels != 3:
            self.figure.colorbar(
                self._images[0], ax=self._axes, label='weight', shrink=0.8, aspect=25
            )

    def _names(self, classes: Sequence[str] | None, letters: int) -> list[str]:
        """Return names that fit over the images: class names, or numbers if one is too long."""
        outputs = self.shape[0]
        if classes is None:
            return [str(number) for number in range(1, outputs + 1)]
        names = class_names('WeightImages', classes, outputs)
        if any(shorten(name, letters) != name for name in names):
            return class_names('WeightImages', None, outputs)
        return names

    @styled
    def update(self, weights: Any, *, title: str = 'Weights') -> None:
        """Show new weights.

        Args:
            weights: Weights, (K, C, H, W).
            title: Title; a note on weights that are not shown is added.
        """
        check_shapes('WeightImages', weights=(weights, ' '.join(map(str, self.shape))))
        weights = np.asarray(weights, dtype=float)
        self.limit = self.limit or largest_size(weights)
        tiles: Any = weights
        if self.table:
            tiles = weights[:MAX_SIDE, :MAX_SIDE].reshape(-1, *self.shape[2:])
        for image, tile in zip(self._images, tiles, strict=False):
            image.set_data(_as_colors(tile, self.limit) if tile.ndim == 3 else tile)
            image.set_clim(-self.limit, self.limit)
        set_title(self.figure, title + self._left_out())

    def _left_out(self) -> str:
        outputs, channels = self.shape[:2]
        if self.table:
            shown = (min(outputs, MAX_SIDE), min(channels, MAX_SIDE))
            if shown == (outputs, channels):
                return ''
            return f': {shown[0]} of {outputs} outputs, {shown[1]} of {channels} inputs'
        note = f': the first {MAX_OUTPUTS} of {outputs}' if outputs > MAX_OUTPUTS else ''
        return note + ('; red, green and blue, grey is 0' if channels == 3 else '')


def _as_colors(tile: Array, limit: float) -> Array:
    """Return weights of (1 or 3, H, W) as (H, W), or as (H, W, 3) colours with zero in grey."""
    if len(tile) == 1:
        return tile[0]
    colors: Array = np.clip(0.5 + np.moveaxis(tile, 0, -1) / (2 * limit), 0, 1)
    return colors


def _number_table(axes: Array) -> None:
    for number, panel in enumerate(axes[:, 0], 1):
        panel.set_ylabel(str(number), fontsize=SMALL, rotation=0, ha='right', va='center')
    for number, panel in enumerate(axes[0], 1):
        panel.set_title(str(number), fontsize=SMALL, pad=2)
    figure = axes[0, 0].figure
    figure.supylabel('output channel', fontsize=10)
    figure.supxlabel('input channel', fontsize=10)


def draw_weights(
    weights: Any,
    *,
    classes: Sequence[str] | None = None,
    title: str = 'Weights',
) -> Figure:
    """Draw weights as images, positive in red and negative in blue, on one scale.

    A linear model or a first layer has one image per output, in the shape of the input; a
    convolution has one per kernel. Three channels are drawn in colour; numbers of channels other
    than one and three are drawn as a table of outputs by inputs.

    Args:
        weights: Weights, (K, C, H, W): outputs, input channels, height and width.
        classes: Class names, if the outputs are classes.
        title: Title; a note on weights that are not shown is added.

    Raises:
        ArgumentError: If the shape does not match, or the names do not fit it.
    """
    check_shapes('draw_weights', weights=(weights, 'K C H W'))
    check_not_empty('draw_weights', 'weights', weights)
    images = WeightImages(np.shape(weights), classes=classes)
    images.update(weights, title=title)
    return images.figure
