"""Percentage of correct keypoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlesson.errors import UserError, check_number
from mmlesson.evaluation.vision_metric import Array, Columns, VisionMetric, percent
from mmlesson.registry import METRICS


@METRICS.register_module()
class PCK(VisionMetric):
    """Percent of keypoints nearer to the true one than a fraction of its object: 'keypoints/PCK'.

    The fraction is of the longer side of the object's box, as in mmpose. Also reported:
    'distance', the mean distance in pixels.

    Args:
        thr: The fraction; 0.2 for PCK@0.2.
        collect_device: As in `VisionMetric`.
        prefix: Prefix of the names; default 'keypoints'.

    References:
        Yang, Ramanan (2013), Articulated human detection with flexible mixtures of parts,
        doi:10.1109/TPAMI.2012.261.
    """

    default_prefix = 'keypoints'
    needed = {'pred_instances': ('keypoints',), 'gt_instances': ('keypoints', 'bboxes')}

    def __init__(
        self, thr: float = 0.2, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        check_number('PCK', 'thr', thr, 0)
        super().__init__(collect_device, prefix)
        self.thr = thr

    def measure(self, parts: Mapping[str, Columns]) -> Array:
        """Return the distances in pixels and in sides of the box, float64 (2, points)."""
        found, truth = parts['pred_instances']['keypoints'], parts['gt_instances']
        if found.shape != truth['keypoints'].shape:
            raise UserError(
                f'PCK needs the keypoints of the same objects, got shapes {found.shape} predicted '
                f'and {truth["keypoints"].shape} true.'
            )
        distances = np.linalg.norm(found.astype(float) - truth['keypoints'], axis=-1)
        boxes = truth['bboxes'].astype(float)
        sides = (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True)
        return np.stack([distances.ravel(), (distances / sides).ravel()])

    def summarize(self, results: list[Any]) -> dict[str, float]:
        """Return the percentage, and the mean distance."""
        pixels, sides = np.concatenate(results, 1)
        return {'PCK': percent(sides < self.thr), 'distance': float(pixels.mean())}
