"""Right and wrong predictions in one image, for figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.evaluation.average_precision import match
from mmlesson.evaluation.box_iou import box_iou, mask_iou

Array = npt.NDArray[Any]
Entries = Mapping[str, Array]
"""A result as arrays, see `mmlesson.tasks.flat_result`."""

RIGHT_DISTANCE = 0.2
"""Largest distance of a right keypoint, in longer sides of the object's box."""


@dataclass(frozen=True)
class Judgement:
    """A prediction compared with the truth.

    Args:
        error: Size of the error; images can be sorted by it.
        text: What is wrong, in a few words.
        right: Which boxes or keypoints are right, or None for pixels.
    """

    error: float
    text: str
    right: Array | None = None


def judge(found: Entries, truth: Entries) -> Judgement:
    """Compare the prediction for one image with the truth.

    Args:
        found: 'sem_seg'; or 'keypoints'; or 'bboxes' or 'masks', 'labels' and 'scores'.
        truth: The same, and 'bboxes' for keypoints.
    """
    if 'sem_seg' in truth:
        wrong = float((found['sem_seg'] != truth['sem_seg']).mean())
        return Judgement(wrong, f'{100 * (1 - wrong):.1f} % of pixels')
    if 'keypoints' in truth:
        return _judge_points(found['keypoints'], truth)
    return _judge_boxes(found, truth)


def marked(found: Entries, judgement: Judgement) -> dict[str, Array]:
    """Return the entries of a prediction with those of its boxes or keypoints that are right."""
    right = {} if judgement.right is None else {'right': judgement.right}
    return {**found, **right}


def _judge_points(points: Array, truth: Entries) -> Judgement:
    boxes = truth['bboxes'].astype(float)
    sides = (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True)
    distances = np.linalg.norm(points.astype(float) - truth['keypoints'], axis=-1)
    right = (distances < RIGHT_DISTANCE * sides).ravel()
    text = f'farthest {distances.max():.1f} px'
    return Judgement(float((distances / sides).max()), text, right)


def _judge_boxes(found: Entries, truth: Entries) -> Judgement:
    """Count objects that were not found, and boxes without an object; then by the overlap."""
    order = np.argsort(-found['scores'], kind='stable')
    ious = _ious(found, truth)
    ious[found['labels'][:, None] != truth['labels'][None]] = -1.0  # of another class
    right = np.zeros(len(order), bool)
    right[order] = match(ious[order])[0]
    missed, wrong = len(truth['labels']) - int(right.sum()), int((~right).sum())
    parts = [f'{missed} missed'] * bool(missed) + [f'{wrong} wrong'] * bool(wrong)
    return Judgement(missed + wrong, ', '.join(parts) or 'all right', right)


def object_ious(found: Entries, truth: Entries) -> Array:
    """Return the IoU of each object with the best box or mask of its class, (N,); 0 without one.

    Of pixels it is the IoU of each class that is predicted or true in the image.
    """
    if 'sem_seg' in truth:
        return _class_ious(found['sem_seg'], truth['sem_seg'])
    ious = _ious(found, truth)
    ious[found['labels'][:, None] != truth['labels'][None]] = 0.0
    best: Array = ious.max(0, initial=0.0)
    return best


def _ious(found: Entries, truth: Entries) -> Array:
    """Return the IoU of each pair of masks, or of boxes without masks, (M, N)."""
    if 'masks' in truth:
        return mask_iou(found['masks'], truth['masks'])
    return box_iou(found['bboxes'], truth['bboxes'])


def _class_ious(found: Array, truth: Array) -> Array:
    """Return the IoU of the pixels of each class but the background."""
    labels = [label for label in np.union1d(found, truth) if label > 0]
    pairs = [(found == label, truth == label) for label in labels]
    return np.array([(one & other).sum() / (one | other).sum() for one, other in pairs])
