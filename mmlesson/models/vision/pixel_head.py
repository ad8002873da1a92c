"""Head for semantic segmentation: the decoder of a U-Net."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_int
from mmlesson.models.vision.feature_maps import conv_block
from mmlesson.models.vision.task_head import Labels, Size, TaskHead
from mmlesson.registry import MODELS
from mmlesson.tasks import SEGMENTATION


@MODELS.register_module()
class PixelHead(TaskHead):
    """Class of each pixel: the coarsest map is doubled in size again and again, as in a U-Net.

    After each doubling the backbone's map of that size is joined to it (a skip connection): the
    coarse map knows the class, the fine map the outline. The loss is the cross-entropy of each
    pixel, as in classification, and its mean over the pixels of an image.

    Args:
        num_classes: Number of classes of objects; the background is an additional one, class 0 of
            the outputs, so that object class c is c + 1.
        in_channels: As in `TaskHead`; all maps are used, each half as large as the one before.
        skips: Whether to use skip connections.

    Shape:
        Output logits (N, num_classes + 1, h, w) in the size of the finest map; they are resized
        to the image if that is larger.

    Raises:
        ArgumentError: If an argument is not as described, or a label is no class.

    References:
        Ronneberger, Fischer, Brox (2015), arXiv:1505.04597 (U-Net); Long, Shelhamer, Darrell
        (2015), arXiv:1411.4038 (classification of pixels).
    """

    task = SEGMENTATION

    def __init__(self, num_classes: int, in_channels: Sequence[int], skips: bool = True) -> None:
        super().__init__(in_channels)
        check_int('PixelHead', 'num_classes', num_classes)
        if not isinstance(skips, bool):
            raise ArgumentError(f'PixelHead.skips must be True or False, got {skips!r}.')
        self.num_classes, self.skips = num_classes, skips
        self.blocks = nn.ModuleList()
        for fine, coarse in zip(in_channels[-2::-1], in_channels[:0:-1], strict=True):
            self.blocks.append(conv_block(coarse + fine * skips, fine))
        self.classify = nn.Conv2d(in_channels[0], num_classes + 1, 1)

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the logits of each pixel."""
        pixels = feats[-1]
        for block, fine in zip(self.blocks, feats[-2::-1], strict=True):
            pixels = F.interpolate(pixels, size=fine.shape[-2:])
            pixels = block(torch.cat([pixels, fine], 1) if self.skips else pixels)
        logits: Tensor = self.classify(pixels)
        return logits

    def sample_losses(self, outputs: Tensor, labels: Labels, size: Size) -> dict[str, Tensor]:
        """Return 'loss_seg', the mean cross-entropy of an image's pixels, in nats."""
        truth, logits = labels['sem_seg'].long(), _resized(outputs, size)
        try:
            losses = F.cross_entropy(logits, truth, reduction='none')
        except (IndexError, RuntimeError) as err:
            if int(truth.max()) > self.num_classes:
                raise ArgumentError(
                    f'PixelHead.num_classes (={self.num_classes}) must be the number of the '
                    f"dataset's classes, got a pixel of class {int(truth.max()) - 1}."
                ) from err
            raise
        return {'loss_seg': losses.flatten(1).mean(1)}

    def decode(self, outputs: Tensor, size: Size) -> dict[str, Tensor]:
        """Return the class of each pixel, int64 (N, H, W): 0 for background, else a class + 1."""
        return {'sem_seg': _resized(outputs, size).argmax(1)}

    def heat_maps(self, outputs: Tensor) -> Tensor:
        """Return the probability of the background and of each class."""
        return torch.softmax(outputs, 1)


def _resized(logits: Tensor, size: Size) -> Tensor:
    if tuple(logits.shape[-2:]) == size:
        return logits
    return F.interpolate(logits, size=size, mode='bilinear')
