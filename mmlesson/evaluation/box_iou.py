"""Intersection over union of boxes, and of masks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def box_iou(boxes: Array, others: Array) -> Array:
    """Return the intersection over union of each pair of boxes, float64 (M, N).

    Args:
        boxes: x1, y1, x2, y2, (M, 4); one with x2 < x1 or y2 < y1 has the area 0.
        others: (N, 4).
    """
    boxes, others = boxes.astype(float)[:, None], others.astype(float)[None]
    low = np.maximum(boxes[..., :2], others[..., :2])
    high = np.minimum(boxes[..., 2:], others[..., 2:])
    shared = (high - low).clip(min=0).prod(-1)
    areas = [(part[..., 2:] - part[..., :2]).clip(min=0).prod(-1) for part in (boxes, others)]
    union = areas[0] + areas[1] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def mask_iou(masks: Array, others: Array) -> Array:
    """Return the intersection over union of each pair of masks, float64 (M, N); 0 without pixels.

    Args:
        masks: bool (M, H, W).
        others: bool (N, H, W).
    """
    flat, other = (part.reshape(len(part), math.prod(part.shape[1:])) for part in (masks, others))
    shared = flat.astype(float) @ other.astype(float).T
    union = flat.sum(1)[:, None] + other.sum(1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
