"""Average precision of detection, as COCO computes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlesson.errors import check_choice
from mmlesson.evaluation.box_iou import box_iou, mask_iou
from mmlesson.evaluation.vision_metric import Array, Columns, VisionMetric
from mmlesson.registry import METRICS

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""Smallest IoU of a right detection; AP is the mean over them."""

RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Detections:
    """Detections in one image, compared with its objects.

    Args:
        scores: (M,).
        labels: Classes of the detections, (M,).
        true_labels: Classes of the objects, (N,).
        ious: Intersection over union of each pair, (M, N).
    """

    scores: Array
    labels: Array
    true_labels: Array
    ious: Array


@METRICS.register_module()
class BoxAP(VisionMetric):
    """Average precision of boxes or masks in percent: 'detection/AP', 'AP50' and 'AP75'.

    Detections of a class are sorted by score. One is right if it covers an object of its class
    that no earlier one has taken, with an intersection over union of at least a threshold; so a
    second detection of an object is wrong. The precision among the first ones is averaged over 101
    values of the recall, then over the classes. AP50 has the threshold 0.5, AP75 0.75, and AP is
    the mean of those of 0.5, 0.55, ... 0.95.

    Args:
        iou_type: 'bbox' for the overlap of boxes; 'segm' for that of masks, of which the names are
            'segm_AP', 'segm_AP50' and 'segm_AP75'.
        collect_device: As in `VisionMetric`.
        prefix: As in `VisionMetric`.

    Raises:
        ArgumentError: If ``iou_type`` is neither.

    References:
        Lin et al. (2014), arXiv:1405.0312 (COCO).
    """

    default_prefix = 'detection'

    def __init__(
        self, iou_type: str = 'bbox', collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_choice('BoxAP', 'iou_type', iou_type, ('bbox', 'segm'))
        self.iou_type = iou_type
        self.shape = 'bboxes' if iou_type == 'bbox' else 'masks'
        self.needed = {
            'pred_instances': (self.shape, 'scores', 'labels'),
            'gt_instances': (self.shape, 'labels'),
        }

    def measure(self, parts: Mapping[str, Columns]) -> Detections:
        """Return the detections of an image, compared with its objects."""
        found, truth = parts['pred_instances'], parts['gt_instances']
        iou = box_iou if self.iou_type == 'bbox' else mask_iou
        ious = iou(found[self.shape], truth[self.shape])
        return Detections(found['scores'], found['labels'], truth['labels'], ious)

    def summarize(self, results: list[Any]) -> dict[str, float]:
        """Return the three averages; NaN if there is no object at all."""
        values = average_precision(results)
        named = {'AP': values.mean(), 'AP50': values[0], 'AP75': values[5]}
        start = '' if self.iou_type == 'bbox' else 'segm_'
        return {f'{start}{name}': float(value) for name, value in named.items()}


def average_precision(images: Sequence[Detections]) -> Array:
    """Return the average precision at each of `THRESHOLDS`, the mean of the classes, in percent."""
    return 100 * _curves(images).mean(2).mean(0)


def precision_curves(images: Sequence[Detections]) -> Array:
    """Return the precision at each of `THRESHOLDS` and `RECALLS`, the mean of the classes, 0-1.

    The mean over the recalls is the `average_precision`; NaN if there is no object.
    """
    curves: Array = _curves(images).mean(0)
    return curves


def _curves(images: Sequence[Detections]) -> Array:
    """Return the precision of each class at each threshold and recall, (C, 10, 101)."""
    classes = np.unique(np.concatenate([image.true_labels for image in images]))
    if len(classes) == 0:
        return np.full((1, len(THRESHOLDS), len(RECALLS)), np.nan)
    return np.stack([_of_class(images, label) for label in classes])


def _of_class(images: Sequence[Detections], label: int) -> Array:
    """Return the precision of one class at each threshold and recall."""
    scores, right, total = [], [], 0
    for image in images:
        chosen = np.flatnonzero(image.labels == label)
        objects = np.flatnonzero(image.true_labels == label)
        order = chosen[np.argsort(-image.scores[chosen], kind='stable')]
        scores.append(image.scores[order])
        right.append(match(image.ious[np.ix_(order, objects)]))
        total += len(objects)
    order = np.argsort(-np.concatenate(scores), kind='stable')
    hits = np.concatenate(right, 1)[:, order]
    return np.stack([_precisions(row, total) for row in hits])


def match(ious: Array) -> Array:
    """Return which detections are right, bool (thresholds, M).

    Args:
        ious: Of detections, sorted by score, and objects of the same class, (M, N).
    """
    right = np.zeros((len(THRESHOLDS), len(ious)), bool)
    for row, threshold in enumerate(THRESHOLDS):
        free = np.ones(ious.shape[1], bool)
        for column, overlaps in enumerate(ious):
            allowed = np.where(free, overlaps, -1.0)
            if len(allowed) and allowed.max() >= threshold:
                free[allowed.argmax()] = False
                right[row, column] = True
    return right


def _precisions(hits: Array, total: int) -> Array:
    """Return the precision at each of `RECALLS`, 0 where a recall is not reached.

    Args:
        hits: Whether each detection is right, sorted by score, (M,).
        total: Number of objects.
    """
    true = hits.cumsum()
    recall, precision = true / total, true / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]  # of this and any higher recall
    places = np.searchsorted(recall, RECALLS, side='left')
    values: Array = np.append(best, 0.0)[places]
    return values
