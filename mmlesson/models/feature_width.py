"""Number of features of a backbone, measured on an empty image."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, UserError
from mmlesson.registry import MODELS
from mmlesson.utils import rng_state

_SIDES = (32, 64, 96, 224, 299)  # pixels; the first two that a network takes are compared


def width_argument(head: dict[str, Any]) -> str | None:
    """Return the argument of a head that is the number of its inputs, or None if it has none."""
    kind: Any = head.get('type')
    scope = head.get('_scope_')
    if isinstance(kind, str):
        name = f'{scope}.{kind}' if scope and '.' not in kind else kind
        kind = MODELS.get(name)
    if kind is None:
        return None
    arguments = inspect.signature(kind).parameters
    return next((name for name in ('in_features', 'in_channels') if name in arguments), None)


def image_channels(backbone: nn.Module) -> int | None:
    """Return the channels of the images that a network takes; None if they are not images."""
    first = _first_layer(backbone)
    return first.in_channels if isinstance(first, nn.Conv2d) else None


@torch.no_grad()
def measure_features(backbone: nn.Module, extract: Callable[[Tensor], tuple[Tensor, ...]]) -> int:
    """Return the number of features per sample.

    An empty sample passes through the network in evaluation mode, so that no statistics, weights or
    random states change. Images of two sizes are compared.

    Args:
        backbone: The network.
        extract: Function from inputs to features, (N, D), the last of a tuple: the backbone, then a
            neck.

    Raises:
        ArgumentError: If the network takes none of the inputs that were tried, or its number of
            features depends on the size of the image.
    """
    before, training = rng_state.capture(), [m for m in backbone.modules() if m.training]
    backbone.eval()
    widths, refusals = [], []
    try:
        for sample in _samples(backbone):
            try:
                widths.append(_width(extract(sample)))
            except (UserError, RuntimeError, ValueError, AssertionError, IndexError) as err:
                refusals.append(f'{tuple(sample.shape[1:])}: {err}'.splitlines()[0][:120])
            if len(widths) == 2:
                break
    finally:
        for module in training:
            module.training = True
        rng_state.restore(before)
    name = type(backbone).__name__
    if len(set(widths)) == 1 and widths[0] is not None:
        return widths[0]
    if not widths:
        tried = f' It refused {refusals[0]}.' if refusals else ''
        cause = f'could not be measured.{tried}'
    elif None in widths:
        cause = 'could not be measured: its output is no tensor (N, D) or (N, D, H, W).'
    else:
        cause = f'depends on the size of the image: {" and ".join(map(str, widths))}.'
    raise ArgumentError(
        f'The number of features of {name} {cause} Set it: in_features of our heads, in_channels '
        "of mmpretrain's; or give the backbone an attribute out_features."
    )


def _width(feats: Any) -> int | None:
    last = feats[-1]
    return int(last.shape[1]) if isinstance(last, Tensor) and last.ndim == 2 else None


def _samples(backbone: nn.Module) -> Iterator[Tensor]:
    """Yield batches of one empty sample, such as the first layer takes."""
    first = _first_layer(backbone)
    if first is None:
        return
    place = first.weight.device
    if isinstance(first, nn.Linear):
        yield torch.zeros(1, first.in_features, device=place)
        return
    own = getattr(backbone, 'img_size', None)  # of networks for one size, such as transformers
    sizes = [(side, side) for side in _SIDES]
    if own is not None:
        sizes = [tuple(own) if isinstance(own, list | tuple) else (own, own)]
    for size in sizes:
        yield torch.zeros(1, first.in_channels, *size, device=place)


def _first_layer(backbone: nn.Module) -> nn.Conv2d | nn.Linear | None:
    layers = (module for module in backbone.modules() if isinstance(module, nn.Conv2d | nn.Linear))
    return next(layers, None)
