"""Accuracy of localisation: class and box of one object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlesson.errors import UserError, check_number
from mmlesson.evaluation.box_iou import box_iou
from mmlesson.evaluation.vision_metric import Columns, VisionMetric, percent
from mmlesson.registry import METRICS


@METRICS.register_module()
class LocalizationMetric(VisionMetric):
    """Percent of images whose class and box are right: 'localization/accuracy'.

    A box is right if its intersection over union (IoU) with the true one is at least ``iou``.
    Also reported: 'class_accuracy', percent of right classes, and 'iou', the mean IoU in percent.

    Args:
        iou: Smallest IoU of a right box.
        collect_device: As in `VisionMetric`.
        prefix: Prefix of the names; default 'localization'.

    References:
        Russakovsky et al. (2015), arXiv:1409.0575, section 4 (localisation in ImageNet).
    """

    default_prefix = 'localization'
    needed = {
        'pred_instances': ('bboxes', 'labels', 'scores'),
        'gt_instances': ('bboxes', 'labels'),
    }

    def __init__(
        self, iou: float = 0.5, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        check_number('LocalizationMetric', 'iou', iou, 0, 1)
        super().__init__(collect_device, prefix)
        self.iou = iou

    def measure(self, parts: Mapping[str, Columns]) -> tuple[bool, float]:
        """Return whether the class is right, and the IoU, of the object with the best score."""
        found, truth = parts['pred_instances'], parts['gt_instances']
        if len(truth['labels']) != 1:
            raise UserError(
                'LocalizationMetric needs one object in each image, got '
                f'{len(truth["labels"])}. Use BoxAP for several.'
            )
        if len(found['labels']) == 0:
            return False, 0.0
        best = int(found['scores'].argmax())
        overlap = float(box_iou(found['bboxes'][best : best + 1], truth['bboxes'])[0, 0])
        return bool(found['labels'][best] == truth['labels'][0]), overlap

    def summarize(self, results: list[Any]) -> dict[str, float]:
        """Return the three percentages."""
        right, overlaps = np.array(results, float).T
        return {
            'accuracy': percent((right == 1) & (overlaps >= self.iou)),
            'class_accuracy': percent(right),
            'iou': percent(overlaps),
        }
