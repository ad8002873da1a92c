"""Head for detection: objects as points with a size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_int, check_number
from mmlesson.models.vision.heatmaps import focal_loss, gaussian_maps, only_peaks
from mmlesson.models.vision.task_head import Labels, Size, TaskHead, map_layers
from mmlesson.registry import MODELS
from mmlesson.tasks import DETECTION

PRIOR_LOGIT = -2.19
"""Logit of a score of 0.1: nearly all cells are background, and so is the first guess."""

SCORE_FLOOR = 0.01
"""Peaks with lower scores are no predictions; a reader of them applies a limit of its own."""

Outputs = tuple[Tensor, Tensor, Tensor]


@MODELS.register_module()
class CenterHead(TaskHead):
    """Any number of objects: a heat map of centres for each class, and a size in each cell.

    Detection is keypoints with a size: the centre of each object is a peak of its class's map, and
    in that cell two more maps have its width and height, and where in the cell its centre is.
    L = focal loss of the heat maps + size_weight * L1 of the size + L1 of the offset, each per
    object.

    Args:
        num_classes: Number of classes.
        in_channels: As in `TaskHead`; the coarsest map is used.
        channels: Channels of the hidden layer.
        sigma: Standard deviation of the target around a centre, in cells.
        size_weight: Weight of the size loss; sizes are in cells.
        peaks: Whether only peaks of a map are objects; without, each is found several times.
        max_per_image: Largest number of objects in a prediction, those with the highest scores.

    Shape:
        Output a tuple: heat maps, logits (N, num_classes, h, w); sizes (N, 2, h, w), width and
        height; offsets (N, 2, h, w) from the cell's corner, x and y; both in cells.

    Raises:
        ArgumentError: If an argument is not as described.

    References:
        Zhou, Wang, Krähenbühl (2019), Objects as Points, arXiv:1904.07850 (CenterNet).
    """

    task = DETECTION

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int],
        channels: int = 64,
        sigma: float = 0.7,
        size_weight: float = 0.5,
        peaks: bool = True,
        max_per_image: int = 20,
    ) -> None:
        super().__init__(in_channels)
        owner = type(self).__name__
        check_int(owner, 'num_classes', num_classes)
        check_int(owner, 'channels', channels)
        check_int(owner, 'max_per_image', max_per_image)
        check_number(owner, 'sigma', sigma, 0.1)
        check_number(owner, 'size_weight', size_weight, 0)
        if not isinstance(peaks, bool):
            raise ArgumentError(f'{owner}.peaks must be True or False, got {peaks!r}.')
        self.num_classes, self.sigma, self.size_weight = num_classes, sigma, size_weight
        self.peaks, self.max_per_image = peaks, max_per_image
        self.layers = map_layers(in_channels[-1], channels, 0)
        self.heatmap = nn.Conv2d(channels, num_classes, 1)
        self.size = nn.Conv2d(channels, 2, 1)
        self.offset = nn.Conv2d(channels, 2, 1)
        nn.init.constant_(self.heatmap.bias, PRIOR_LOGIT)  # type: ignore[arg-type]  # it has one

    def forward(self, feats: tuple[Tensor, ...]) -> Outputs:
        """Return the logits of the heat maps, the sizes and the offsets."""
        hidden = self.layers(feats[-1])
        return self.heatmap(hidden), self.size(hidden), self.offset(hidden)

    def sample_losses(self, outputs: Outputs, labels: Labels, size: Size) -> dict[str, Tensor]:
        """Return 'loss_heatmap', 'loss_size' and 'loss_offset', each divided by the objects."""
        heatmap, sizes, offsets = outputs
        strides, present = _strides(heatmap, size), labels['labels'] >= 0
        corners = labels['bboxes'].unflatten(-1, (2, 2)) / strides  # (N, K, 2 corners, 2)
        centres, extents = corners.mean(2), corners[:, :, 1] - corners[:, :, 0]
        height, width = heatmap.shape[-2:]
        limits = heatmap.new_tensor([width - 1, height - 1])
        cells = torch.minimum(centres.floor(), limits)
        places = (cells[..., 1] * width + cells[..., 0]).long()  # (N, K)
        targets = self._targets(cells, labels['labels'], heatmap)
        count = present.sum(1).clamp(min=1)
        errors = {
            'loss_size': self.size_weight * (_at(sizes, places) - extents).abs().sum(2),
            'loss_offset': (_at(offsets, places) - (centres - cells)).abs().sum(2),
        }
        return {
            'loss_heatmap': focal_loss(heatmap, targets).flatten(1).sum(1) / count,
            **{name: (error * present).sum(1) / count for name, error in errors.items()},
        }

    def _targets(self, cells: Tensor, classes: Tensor, like: Tensor) -> Tensor:
        """Return the heat maps to learn, the largest of the Gaussians of a class's objects."""
        if int(classes.max()) >= self.num_classes:
            raise ArgumentError(
                f'{type(self).__name__}.num_classes must be more than the largest label, '
                f'{int(classes.max())}, got {self.num_classes}. Set it to the number of the '
                "dataset's classes."
            )
        maps = gaussian_maps(cells, like.shape[-2:], self.sigma)
        targets = torch.zeros_like(like, dtype=maps.dtype)  # float32, also where like is not
        for number in range(classes.shape[1]):
            rows = (classes[:, number] >= 0).nonzero()[:, 0]
            chosen = classes[rows, number]
            targets[rows, chosen] = torch.maximum(targets[rows, chosen], maps[rows, number])
        return targets

    def decode(self, outputs: Outputs, size: Size) -> dict[str, Tensor]:
        """Return the objects, highest scores first: bboxes (N, k, 4) in pixels, scores, labels."""
        heatmap, sizes, offsets = (part.float() for part in outputs)
        scores = torch.sigmoid(heatmap)
        scores = only_peaks(scores) if self.peaks else scores
        width = heatmap.shape[-1]
        count = min(self.max_per_image, scores[0].numel())
        best, indices = scores.flatten(1).topk(count)
        places = indices % (heatmap.shape[-2] * width)
        labels = indices // (heatmap.shape[-2] * width)
        cells = torch.stack([places % width, places // width], -1)
        centres, extents = cells + _at(offsets, places), _at(sizes, places)
        corners = torch.stack([centres - extents / 2, centres + extents / 2], 2)
        boxes = (corners * _strides(heatmap, size)).flatten(2)
        scores = torch.where(best >= SCORE_FLOOR, best, torch.zeros_like(best))
        return {'bboxes': boxes, 'scores': scores, 'labels': labels}

    def heat_maps(self, outputs: Outputs) -> Tensor:
        """Return the scores of each class."""
        return torch.sigmoid(outputs[0])


def _strides(maps: Tensor, size: Size) -> Tensor:
    """Return the width and height of a cell in pixels."""
    return maps.new_tensor([size[1] / maps.shape[-1], size[0] / maps.shape[-2]])


def _at(maps: Tensor, places: Tensor) -> Tensor:
    """Return the values of maps (N, 2, h, w) at cells (N, K), as (N, K, 2)."""
    index = places[:, None].expand(-1, maps.shape[1], -1)
    return maps.flatten(2).gather(2, index).transpose(1, 2)
