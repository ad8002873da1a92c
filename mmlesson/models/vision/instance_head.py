"""Head for instance segmentation: detection, and which pixels belong to any object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmlesson.errors import check_number
from mmlesson.models.vision.center_head import CenterHead
from mmlesson.models.vision.pixel_head import PixelHead
from mmlesson.models.vision.task_head import Labels, Size
from mmlesson.registry import MODELS
from mmlesson.tasks import INSTANCES

Outputs = tuple[Tensor, Tensor, Tensor, Tensor]


@MODELS.register_module()
class InstanceHead(CenterHead):
    """Boxes as those of `CenterHead`, and in each box the pixels that are no background.

    Why it is here: instance segmentation is detection plus pixels. The detector tells the objects
    apart, and a U-Net of two classes, background and object, gives the outlines; the mask of an
    object is the part of that map inside its box. So masks of objects whose boxes overlap contain
    parts of each other, which a map for each object avoids, as in Mask R-CNN.
    L = the loss of `CenterHead` + mask_weight * cross-entropy per pixel.

    Args:
        num_classes: Number of classes.
        in_channels: As in `TaskHead`; the coarsest map is used for the boxes, all for the pixels.
        mask_weight: Weight of the loss of the pixels.
        max_per_image: Largest number of objects in a prediction, those with the highest scores.

    Shape:
        Output a tuple: that of `CenterHead`; logits of background and object, (N, 2, h, w), in the
        size of the finest map.

    Raises:
        ArgumentError: If an argument is not as described.

    References:
        Wang, Xu, Shen, Cheng, Yang (2020), arXiv:2004.04446 (CenterMask, its global saliency map);
        Bolya, Zhou, Xiao, Lee (2019), arXiv:1904.02689 (YOLACT: a mask is cropped by its box).
    """

    task = INSTANCES

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int],
        mask_weight: float = 10.0,
        max_per_image: int = 20,
    ) -> None:
        super().__init__(num_classes, in_channels, max_per_image=max_per_image)
        check_number('InstanceHead', 'mask_weight', mask_weight, 0)
        self.mask_weight = mask_weight
        self.pixels = PixelHead(1, in_channels)

    def forward(self, feats: tuple[Tensor, ...]) -> Any:
        """Return the outputs of `CenterHead`, and the logits of each pixel."""
        return (*super().forward(feats), self.pixels(feats))

    def sample_losses(self, outputs: Any, labels: Labels, size: Size) -> dict[str, Tensor]:
        """Return the losses of `CenterHead`, and 'loss_mask', the mean over the pixels."""
        pixels = self.pixels.sample_losses(outputs[3], {'sem_seg': labels['instances'] > 0}, size)
        losses = super().sample_losses(outputs[:3], labels, size)
        return {**losses, 'loss_mask': self.mask_weight * pixels['loss_seg']}

    def decode(self, outputs: Any, size: Size) -> dict[str, Tensor]:
        """Return the objects as `CenterHead`, with masks bool (N, k, H, W)."""
        found = super().decode(outputs[:3], size)
        is_object = self.pixels.decode(outputs[3], size)['sem_seg'] > 0
        return {**found, 'masks': inside(found['bboxes'], size) & is_object[:, None]}


def inside(boxes: Tensor, size: Size) -> Tensor:
    """Return which pixels have their centre in a box, bool (..., H, W).

    Args:
        boxes: x1, y1, x2, y2 in pixels, (..., 4).
        size: Height and width of the image.
    """
    left, top, right, bottom = boxes[..., None, None].unbind(-3)
    rows = torch.arange(size[0], device=boxes.device)[:, None] + 0.5
    columns = torch.arange(size[1], device=boxes.device) + 0.5
    return (left <= columns) & (columns < right) & (top <= rows) & (rows < bottom)
