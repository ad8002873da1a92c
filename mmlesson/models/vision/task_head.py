"""Base class of the heads of vision tasks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmlesson.models.vision.feature_maps import check_channels, conv_block
from mmlesson.tasks import Task, result_of

Labels = Mapping[str, Tensor]
Size = tuple[int, int]
"""Height and width of the input images, in pixels."""


class TaskHead(BaseModule, ABC):
    """From feature maps to outputs, losses and predictions; `TaskModel` calls its methods.

    To add a task, derive from it, set ``task``, and register the class.

    Args:
        in_channels: Channels of each feature map, the finest first; `TaskModel` takes the default
            from its backbone.
    """

    task: ClassVar[Task]

    def __init__(self, in_channels: Sequence[int]) -> None:
        super().__init__()
        check_channels(type(self).__name__, 'in_channels', in_channels)
        self.in_channels = tuple(in_channels)

    @abstractmethod
    def forward(self, feats: tuple[Tensor, ...]) -> Any:
        """Return the raw outputs: a tensor, or a tuple of tensors."""

    @abstractmethod
    def sample_losses(self, outputs: Any, labels: Labels, size: Size) -> dict[str, Tensor]:
        """Return each loss of each image, (N,), by a name that begins with 'loss'.

        The loss of an image must not depend on the other images, so that it is the same in
        training, in validation and in several processes.
        """

    @abstractmethod
    def decode(self, outputs: Any, size: Size) -> dict[str, Tensor]:
        """Return the ``results`` of the task, which an exported model returns too.

        Their shapes must depend on nothing but those of the outputs: (N, K, ...) for up to K
        objects in each image, of which those with the score 0 are none.
        """

    def predictions(self, outputs: Any, size: Size) -> list[dict[str, Any]]:
        """Return a result per image in the names of OpenMMLab, on the CPU; see `tasks`."""
        rows = {name: values.cpu() for name, values in self.decode(outputs, size).items()}
        count = len(next(iter(rows.values())))
        return [result_of({name: values[i] for name, values in rows.items()}) for i in range(count)]

    def heat_maps(self, outputs: Any) -> Tensor | None:
        """Return how likely each place is, (N, K, h, w), for figures; None without such maps."""
        return None


def map_layers(in_channels: int, channels: int, upsample: int) -> nn.Sequential:
    """Return a convolution, then ``upsample`` transposed convolutions, each doubling the size.

    References:
        Xiao, Wu, Wei (2018), arXiv:1804.06208 (deconvolutions for heat maps).
    """
    layers: list[nn.Module] = [conv_block(in_channels, channels)]
    for _ in range(upsample):
        layers += [
            nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)
