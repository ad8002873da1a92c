"""Feature maps and saliency maps of one image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes, frame_image
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.image_grid import as_displayable, largest_size
from mmlesson.visualization.plots.style import (
    DIVERGING,
    SEQUENTIAL,
    WIDTH,
    new_figure,
    set_title,
    styled,
)

MAX_MAPS = 8  # of each layer


@styled
def draw_feature_maps(
    image: Any,
    layers: Mapping[str, Any],
    *,
    title: str = 'Feature maps',
) -> Figure:
    """Draw the feature maps of one image, one row per layer, each row on its own scale.

    In layers without negative values, dark is zero; in others, white is zero and blue negative.

    Args:
        image: The image, (C, H, W).
        layers: Feature maps, (K, h, w), by layer name, from input to output.
        title: Title of the figure.

    Raises:
        ArgumentError: If a shape does not match, or there is no layer.
    """
    owner = 'draw_feature_maps'
    check_shapes(owner, image=(image, 'C H W'))
    check_not_empty(owner, 'layers', layers)
    columns = min(MAX_MAPS, max(len(maps) for maps in layers.values()))
    rows = 1 + len(layers)
    figure, axes = new_figure(rows, max(columns, 4), height=0.68 * rows + 0.6, grid=False)
    for cell in axes.flat:
        as_image_axes(cell)
    axes[0, 0].imshow(as_displayable(image), cmap='gray_r')
    frame_image(axes[0, 0])
    _name_row(axes[0, 0], f'input\n{np.shape(image)[1]} x {np.shape(image)[2]}')
    names = drawable_names(list(layers), noun='layer', length=22)
    for row, name, maps in zip(axes[1:], names, layers.values(), strict=True):
        sizes = check_shapes(owner, **{f'layers[{name!r}]': (maps, 'K h w')})
        _draw_row(row, np.asarray(maps, dtype=float))
        shown = min(sizes['K'], MAX_MAPS)
        _name_row(row[0], f'{name}\n{shown} of {sizes["K"]}, {sizes["h"]} x {sizes["w"]}')
    set_title(figure, title)
    return figure


def _draw_row(row: Array, maps: Array) -> None:
    limit = largest_size(maps)
    signed = (maps < 0).any()
    for cell, values in zip(row, maps, strict=False):
        cell.imshow(
            values,
            cmap=DIVERGING if signed else SEQUENTIAL,
            vmin=-limit if signed else 0,
            vmax=limit,
        )


def _name_row(axes: Any, text: str) -> None:
    axes.set_ylabel(text, rotation=0, ha='right', va='center', fontsize=9)


@styled
def draw_saliency(
    image: Any,
    maps: Mapping[str, Any],
    *,
    title: str = 'Saliency',
) -> Figure:
    """Draw an image, and one copy of it per saliency map with the map as overlay.

    Maps that are coarser than the image, such as those of Grad-CAM, are interpolated.

    Args:
        image: The image, (C, H, W).
        maps: Saliency maps, (h, w), >= 0, by method, e.g. 'input gradient' or 'Grad-CAM'.
        title: Title of the figure.

    Raises:
        ArgumentError: If a shape does not match, or there is no map.
    """
    owner = 'draw_saliency'
    sizes = check_shapes(owner, image=(image, 'C H W'))
    check_not_empty(owner, 'maps', maps)
    figure, axes = new_figure(
        1, 1 + len(maps), width=WIDTH, height=6.2 / (1 + len(maps)) + 0.8, grid=False
    )
    picture = as_displayable(image)
    extent = (-0.5, sizes['W'] - 0.5, sizes['H'] - 0.5, -0.5)
    for cell in axes[0]:
        as_image_axes(cell)
        cell.imshow(picture, cmap='gray_r', extent=extent)
    axes[0, 0].set_title('image')
    frame_image(axes[0, 0])
    overlay: Any = None
    names = drawable_names(list(maps), noun='map', length=26)
    for cell, name, values in zip(axes[0, 1:], names, maps.values(), strict=True):
        check_shapes(owner, **{f'maps[{name!r}]': (values, 'h w')})
        share = 100 * np.asarray(values, dtype=float) / largest_size(values)
        coarse = np.shape(values) != (sizes['H'], sizes['W'])
        overlay = cell.imshow(
            share,
            cmap='inferno',
            extent=extent,
            alpha=0.65,
            vmin=0,
            vmax=100,
            interpolation='bilinear' if coarse else 'nearest',
        )
        cell.set_title(name)
    figure.colorbar(overlay, ax=axes[0, -1], label='share of the maximum (%)', shrink=0.8)
    set_title(figure, title)
    return figure
