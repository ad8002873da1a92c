"""Backbone that returns feature maps, which keep the places in an image."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_int
from mmlesson.registry import MODELS


def conv_block(in_channels: int, out_channels: int) -> nn.Sequential:
    """Return Conv 3 x 3 -> batch norm -> ReLU, which keeps height and width."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


@MODELS.register_module()
class FeatureMaps(BaseModule):
    """The convolutions of a `CNN` without its fully connected layers: one map for each stage.

    Why it is here: a class needs no place, so the CNN may discard places; a box, a mask or a
    keypoint needs them. Stage k has the stride 2^k: a fine map shows where, a coarse map what.

    Args:
        in_channels: Channels of the image, 1 for greyscale.
        channels: Output channels of each stage; a max pooling 2 x 2 comes before each but the
            first.
        depth: Convolutions of each stage but the first, which has one: it is the most expensive.

    Shape:
        Input (N, in_channels, H, W) float32, H and W multiples of 2^(stages - 1); output a tuple,
        for stage k (N, channels[k], H / 2^k, W / 2^k).

    Raises:
        ArgumentError: If an argument, or the shape of an input, is not as described.

    References:
        Simonyan, Zisserman (2015), arXiv:1409.1556 (stacks of 3 x 3 convolutions); Ioffe, Szegedy
        (2015), arXiv:1502.03167 (batch normalisation).
    """

    def __init__(
        self, in_channels: int = 1, channels: Sequence[int] = (16, 32, 64), depth: int = 2
    ) -> None:
        super().__init__()
        check_int('FeatureMaps', 'in_channels', in_channels)
        check_int('FeatureMaps', 'depth', depth)
        check_channels('FeatureMaps', 'channels', channels)
        self.in_channels = in_channels
        self.out_channels = tuple(channels)
        self.stages = nn.ModuleList()
        for stage, width in enumerate(channels):
            layers: list[nn.Module] = [nn.MaxPool2d(2)] if stage else []
            for _ in range(depth if stage else 1):
                layers.append(conv_block(in_channels, width))
                in_channels = width
            self.stages.append(nn.Sequential(*layers))

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the map of each stage, the finest first."""
        step = 2 ** (len(self.stages) - 1)
        if inputs.ndim != 4 or inputs.shape[1] != self.in_channels:
            raise ArgumentError(
                f'FeatureMaps must get images (N, {self.in_channels}, H, W), got '
                f'{tuple(inputs.shape)}. Set in_channels to match the data.'
            )
        if inputs.shape[2] % step or inputs.shape[3] % step:
            raise ArgumentError(
                f'FeatureMaps with {len(self.stages)} stages must get images whose height and '
                f'width are multiples of {step}, got {tuple(inputs.shape[2:])}.'
            )
        maps = []
        for stage in self.stages:
            inputs = stage(inputs)
            maps.append(inputs)
        return tuple(maps)


def check_channels(owner: str, name: str, value: Sequence[int] | None) -> None:
    """Raise `ArgumentError` unless ``value`` is a non-empty sequence of ints above 0."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) == 0:
        raise ArgumentError(
            f'{owner}.{name} must be the channels of each feature map, got {value!r}.'
        )
    for position, width in enumerate(value):
        check_int(owner, f'{name}[{position}]', width)
