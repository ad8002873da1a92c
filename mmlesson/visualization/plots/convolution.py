"""A convolution step by step: a window of the image times the kernel gives one output pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.animation import Animation
from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.image_grid import largest_size
from mmlesson.visualization.plots.style import (
    DIVERGING,
    INK,
    VAL,
    WIDTH,
    new_figure,
    set_title,
    styled,
)

WIDEST_WRITTEN = 5  # cells of a kernel in a row; the numbers of more would overlap
ROW, HEAD = 1.5, 0.75  # inches
COLUMNS = ('padded image', 'window', 'kernel', 'window × kernel', 'output')
Pixel = tuple[int, int]


class _Step:
    """One row of panels: window, kernel, their products and the output up to one pixel."""

    def __init__(
        self, axes: Sequence[Axes], image: Array, kernel: Array, output: Array, stride: Pixel
    ) -> None:
        self._axes, self._image, self._kernel = axes, image, kernel
        self._output, self._stride = output, stride
        limits = [largest_size(values) for values in (image, image, kernel)]
        limits += [limits[0] * limits[2], largest_size(output)]
        shown = (image, np.zeros(kernel.shape), kernel, np.zeros(kernel.shape), output * np.nan)
        self._layers = []
        for panel, values, limit in zip(axes, shown, limits, strict=True):
            as_image_axes(panel)
            for spine in panel.spines.values():
                spine.set(visible=True, linewidth=0.6)
            self._layers.append(panel.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit))
        self._boxes = [_box(axes[0], *kernel.shape[::-1]), _box(axes[4], 1, 1)]
        is_small = max(kernel.shape) <= WIDEST_WRITTEN
        self._texts = [_numbers(axes[place], kernel) for place in (1, 2, 3)] if is_small else []

    def update(self, pixel: Pixel, bias: float | None) -> None:
        """Show how the pixel (row, column) of the output is computed, and those before it."""
        top, left = (place * step for place, step in zip(pixel, self._stride, strict=True))
        height, width = self._kernel.shape
        window = self._image[top : top + height, left : left + width]
        products = window * self._kernel
        done = np.arange(self._output.size).reshape(self._output.shape)
        seen = np.where(done <= done[pixel], self._output, np.nan)
        for layer, values in zip(
            self._layers[1:], (window, self._kernel, products, seen), strict=True
        ):
            layer.set_data(values)
        for texts, values in zip(self._texts, (window, self._kernel, products), strict=False):
            for text, value in zip(texts, values.ravel(), strict=True):
                text.set_text(f'{round(value, 1) + 0.0:.1f}')  # not -0.0
        self._boxes[0].set_xy((left - 0.5, top - 0.5))
        self._boxes[1].set_xy((pixel[1] - 0.5, pixel[0] - 0.5))
        total, value = products.sum(), self._output[pixel]
        self._axes[3].set_xlabel(f'sum {total:.2f}', fontsize=9)
        added = '' if bias is None else f'{total:.2f} {"-" if bias < 0 else "+"} {abs(bias):.2f} = '
        self._axes[4].set_xlabel(f'{added}{value:.2f}', fontsize=9)


def _box(axes: Axes, width: int, height: int) -> Rectangle:
    box = Rectangle((0, 0), width, height, fill=False, edgecolor=VAL, linewidth=2)
    axes.add_patch(box)
    return box


def _numbers(axes: Axes, kernel: Array) -> list[Any]:
    size = 8 if max(kernel.shape) <= 3 else 5.5
    box = {'facecolor': 'white', 'alpha': 0.6, 'linewidth': 0, 'pad': 0.6}
    return [
        axes.text(x, y, '', ha='center', va='center', fontsize=size, color=INK, bbox=box)
        for y, x in np.ndindex(kernel.shape)
    ]


@styled
def draw_convolution(
    image: Any,
    kernel: Any,
    output: Any,
    pixels: Sequence[Pixel],
    *,
    bias: float | None = None,
    stride: Pixel = (1, 1),
    title: str = 'Convolution',
) -> Figure:
    """Draw the steps of a convolution below each other, one for each of some output pixels.

    Args:
        image: One channel of the image with its padding, (H, W).
        kernel: The kernel, (k, l).
        output: Output of the convolution, (h, w), with the bias and before an activation function.
        pixels: Row and column of each output pixel to explain.
        bias: Bias that is added to the sum of the products; None if there is none.
        stride: Rows and columns between two windows.
        title: Title of the figure.

    Raises:
        ArgumentError: If a shape does not match, or a pixel is outside the output.
    """
    arrays = _checked('draw_convolution', image, kernel, output, pixels, stride)
    count = len(pixels)
    figure, axes = new_figure(count, len(COLUMNS), height=HEAD + ROW * count, grid=False)
    for row, pixel in zip(axes, pixels, strict=True):
        _Step(row, *arrays, stride).update(pixel, bias)
    for panel, name in zip(axes[0], COLUMNS, strict=True):
        panel.set_title(name, fontsize=10)
    set_title(figure, title)
    return figure


@styled
def animate_convolution(
    image: Any,
    kernel: Any,
    output: Any,
    pixels: Sequence[Pixel],
    *,
    bias: float | None = None,
    stride: Pixel = (1, 1),
    title: str = 'Convolution',
) -> Animation:
    """Draw the steps of a convolution one after the other; arguments as of `draw_convolution`."""
    arrays = _checked('animate_convolution', image, kernel, output, pixels, stride)
    figure, axes = new_figure(1, len(COLUMNS), width=WIDTH + 1.2, height=2.4, grid=False)
    step = _Step(axes[0], *arrays, stride)
    for panel, name in zip(axes[0], COLUMNS, strict=True):
        panel.set_title(name, fontsize=10)
    set_title(figure, title)
    animation = Animation(max(len(pixels), 2), title=title)
    for row, column in pixels:
        step.update((row, column), bias)
        animation.add(figure, f'row {row + 1}, column {column + 1} of the output')
    return animation


def _checked(
    owner: str, image: Any, kernel: Any, output: Any, pixels: Sequence[Pixel], stride: Pixel
) -> tuple[Array, Array, Array]:
    """Return image, kernel and output as arrays that fit together."""
    check_not_empty(owner, 'pixels', pixels)
    sizes = check_shapes(owner, image=(image, 'H W'), kernel=(kernel, 'k l'))
    found = check_shapes(owner, output=(output, 'h w'))
    room = [
        (sizes[full] - sizes[own]) // step + 1
        for full, own, step in zip('HW', 'kl', stride, strict=True)
    ]
    if [found['h'], found['w']] != room:
        raise ArgumentError(
            f'{owner}.output must have the shape ({room[0]}, {room[1]}), the number of windows of '
            f'the image, got ({found["h"]}, {found["w"]}).'
        )
    for row, column in pixels:
        if not (0 <= row < room[0] and 0 <= column < room[1]):
            raise ArgumentError(
                f'{owner}.pixels must be within the output of {room[0]} x {room[1]}, got '
                f'({row}, {column}).'
            )
    return np.asarray(image, float), np.asarray(kernel, float), np.asarray(output, float)
