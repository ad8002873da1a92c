"""The first convolution of a model step by step, as a figure and as a film."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)

MAX_STEPS = 40  # of the film


def convolution(context: FigureContext) -> Figures:
    """One filter of the first convolution on one image: window times kernel, pixel by pixel.

    The filter is the one that answers most strongly to the image.
    """
    context.require_images()
    call = observe.first_convolution(context.model, context.splits[context.eval_split].inputs[0])
    if call is None:
        raise NotApplicableError('the model has no convolution')
    layer, image, maps = call
    _require_plain(layer)
    chosen = int(maps.max((1, 2)).argmax())
    output = maps[chosen]
    padding = [(int(size), int(size)) for size in layer.padding]
    arguments = (np.pad(image[0], padding), layer.weight.detach().cpu().numpy()[chosen, 0], output)
    named: dict[str, Any] = {
        'bias': None if layer.bias is None else float(layer.bias[chosen]),
        'stride': layer.stride,
        'title': context.title(f'filter {chosen + 1} of {len(maps)} of the first convolution'),
    }
    pixels = [divmod(place, output.shape[1]) for place in range(output.size)]
    film = [pixels[place] for place in _spread(len(pixels), MAX_STEPS)]
    return {
        'convolution': Drawing('draw_convolution', *arguments, telling_pixels(output), **named),
        'convolution_film': Drawing('animate_convolution', *arguments, film, **named),
    }


def _require_plain(layer: nn.Conv2d) -> None:
    """Raise `NotApplicableError` unless one channel, zero padding and no gaps are used."""
    if layer.in_channels != 1:
        raise NotApplicableError(
            f'it shows one channel, and the first convolution has {layer.in_channels}'
        )
    if isinstance(layer.padding, str) or layer.padding_mode != 'zeros' or layer.dilation != (1, 1):
        raise NotApplicableError('the first convolution has no zero padding, or is dilated')


def telling_pixels(output: Array) -> list[tuple[int, int]]:
    """Return the first, the smallest, the largest and the last pixel, in the order of reading.

    Args:
        output: Output of a filter, (h, w).

    Returns:
        Row and column of each, without repetition.
    """
    places = sorted({0, int(output.argmin()), int(output.argmax()), output.size - 1})
    return [divmod(place, output.shape[1]) for place in places]


def _spread(count: int, most: int) -> list[int]:
    """Return up to ``most`` evenly spaced places, the first and the last included."""
    return sorted({*np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()})
