"""Head for localisation: the class and the box of one object."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_choice, check_int, check_number
from mmlesson.models.vision.task_head import Labels, Size, TaskHead
from mmlesson.registry import MODELS
from mmlesson.tasks import LOCALIZATION


@MODELS.register_module()
class BoxHead(TaskHead):
    """Class and box of the single object in an image, each from two fully connected layers.

    The class needs no place: its layers get the maximum of each channel over the map. The box does:
    its layers get the flattened map. L = cross-entropy + box_weight * smooth L1 of (x1, y1, x2,
    y2). Why it is here: a box is four more numbers beside the logits. Their loss must be of the
    size of the other: with ``box_unit='pixel'`` errors are tens instead of tenths, and the class is
    hardly learned.

    Args:
        num_classes: Number of classes, at least 2.
        in_channels: As in `TaskHead`; the coarsest map is used.
        pool: Height and width that the map is averaged to for the box.
        hidden_size: Units of each hidden layer.
        box_weight: Weight of the box loss.
        box_unit: 'image' if a box in the loss is a fraction of the width and height, or 'pixel'.

    Shape:
        Output (N, num_classes + 4): logits, and the box as fractions of the image.

    Raises:
        ArgumentError: If an argument is not as described, or an image has not one object.

    References:
        Sermanet et al. (2014), arXiv:1312.6229 (OverFeat); Oquab, Bottou, Laptev, Sivic
        (2015), doi:10.1109/CVPR.2015.7298668 (maximum over the map); Girshick (2015),
        arXiv:1504.08083 (smooth L1).
    """

    task = LOCALIZATION

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int],
        pool: int = 6,
        hidden_size: int = 128,
        box_weight: float = 5.0,
        box_unit: str = 'image',
    ) -> None:
        super().__init__(in_channels)
        check_int('BoxHead', 'num_classes', num_classes, minimum=2)
        check_int('BoxHead', 'pool', pool)
        check_int('BoxHead', 'hidden_size', hidden_size)
        check_number('BoxHead', 'box_weight', box_weight, 0)
        check_choice('BoxHead', 'box_unit', box_unit, ('image', 'pixel'))
        self.num_classes = num_classes
        self.box_weight, self.box_unit = box_weight, box_unit
        width = in_channels[-1]
        self.classify = _layers(nn.AdaptiveMaxPool2d(1), width, hidden_size, num_classes)
        self.box = _layers(nn.AdaptiveAvgPool2d(pool), width * pool * pool, hidden_size, 4)

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return logits and box, (N, num_classes + 4)."""
        return torch.cat([self.classify(feats[-1]), self.box(feats[-1])], 1)

    def sample_losses(self, outputs: Tensor, labels: Labels, size: Size) -> dict[str, Tensor]:
        """Return 'loss_cls', in nats, and 'loss_bbox'."""
        if labels['labels'].shape[1] != 1 or bool((labels['labels'] < 0).any()):
            raise ArgumentError(
                'BoxHead must get images of exactly one object, got labels for '
                f'{labels["labels"].shape[1]}. Set digits=(1, 1), or use CenterHead.'
            )
        scale = _scale(outputs, size)
        boxes, truth = outputs[:, -4:], labels['bboxes'][:, 0] / scale
        if self.box_unit == 'pixel':
            boxes, truth = boxes * scale, truth * scale
        beta = 0.1 if self.box_unit == 'image' else 1.0
        errors = F.smooth_l1_loss(boxes, truth, reduction='none', beta=beta)
        return {
            'loss_cls': F.cross_entropy(outputs[:, :-4], labels['labels'][:, 0], reduction='none'),
            'loss_bbox': self.box_weight * errors.sum(1),
        }

    def decode(self, outputs: Tensor, size: Size) -> dict[str, Tensor]:
        """Return the box in pixels, (N, 1, 4), and its score and class, (N, 1)."""
        boxes = (outputs[:, -4:] * _scale(outputs, size)).float()
        scores, labels = torch.softmax(outputs[:, :-4].float(), 1).max(1, keepdim=True)
        return {'bboxes': boxes[:, None], 'scores': scores, 'labels': labels}


def _layers(pool: nn.Module, in_features: int, hidden: int, out_features: int) -> nn.Sequential:
    return nn.Sequential(
        pool,
        nn.Flatten(),
        nn.Linear(in_features, hidden),
        nn.ReLU(),
        nn.Linear(hidden, out_features),
    )


def _scale(outputs: Tensor, size: Size) -> Tensor:
    """Return the width, height, width and height of an image."""
    return outputs.new_tensor([size[1], size[0]]).repeat(2)
