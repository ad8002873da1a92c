"""Heat maps of one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.image_grid import as_displayable, grid_shape
from mmlesson.visualization.plots.style import INK, SEQUENTIAL, new_figure, set_title, styled

WIDEST = 6
CELL = 1.15  # inches


class HeatMaps:
    """An image and its heat maps, all on the scale from 0 to 1; `update` shows other maps.

    Args:
        image: The image, (C, H, W).
        names: Name of each map.

    Raises:
        ArgumentError: If a shape does not match, or there is no map.
    """

    @styled
    def __init__(self, image: Any, names: Sequence[str]) -> None:
        check_shapes('HeatMaps', image=(image, 'C H W'))
        check_not_empty('HeatMaps', 'names', names)
        rows, columns = grid_shape(len(names) + 1, WIDEST)
        width, height = columns * CELL + 0.9, rows * (CELL + 0.25) + 0.5
        self.figure, axes = new_figure(rows, columns, width=width, height=height, grid=False)
        for cell in axes.flat:
            as_image_axes(cell)
        axes.flat[0].imshow(as_displayable(image), cmap='gray_r')
        axes.flat[0].set_title('image', fontsize=9)
        self._layers = []
        shown = drawable_names(list(names), noun='map', length=13)
        for cell, name in zip(axes.flat[1:], shown, strict=False):
            layer = cell.imshow(np.zeros((1, 1)), cmap=SEQUENTIAL, vmin=0, vmax=1)
            cell.set_title(name, fontsize=9, color=INK)
            self._layers.append(layer)
        self.figure.colorbar(self._layers[0], ax=axes, shrink=0.8, label='score')

    @styled
    def update(self, maps: Any, *, title: str) -> None:
        """Show maps, (K, h, w), one for each name."""
        check_shapes('HeatMaps', maps=(maps, f'{len(self._layers)} h w'))
        values: Array = np.asarray(maps, dtype=float)
        for layer, one in zip(self._layers, values, strict=True):
            layer.set_data(one)
            layer.set_extent((-0.5, one.shape[1] - 0.5, one.shape[0] - 0.5, -0.5))
        set_title(self.figure, title)


def draw_heat_maps(
    image: Any, maps: Any, names: Sequence[str], *, title: str = 'Heat maps'
) -> Figure:
    """Draw an image and its heat maps: how likely each place is.

    Args:
        image: The image, (C, H, W).
        maps: Scores in 0 to 1, (K, h, w); others are shown as the nearer end.
        names: Name of each map.
        title: Title of the figure.

    Raises:
        ArgumentError: If a shape does not match, or there is no map.
    """
    shown = HeatMaps(image, names)
    shown.update(maps, title=title)
    return shown.figure
