"""Mean intersection over union of semantic segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlesson.errors import UserError
from mmlesson.evaluation.vision_metric import Array, Columns, VisionMetric, percent
from mmlesson.registry import METRICS


@METRICS.register_module()
class MeanIoU(VisionMetric):
    """Mean over the classes of intersection / union of their pixels, 'segmentation/mIoU'.

    Intersection and union are counted over all images. The background is a class; a class that is
    neither predicted nor true anywhere does not count. Also reported: 'aAcc', percent of pixels
    that are right, which is high even if nothing but background is predicted. The names are those
    of mmseg, and both are in percent.

    The arguments are those of `VisionMetric`.

    References:
        Everingham et al. (2010), The Pascal Visual Object Classes Challenge, section 4.3,
        doi:10.1007/s11263-009-0275-4.
    """

    default_prefix = 'segmentation'
    needed = {'pred_sem_seg': ('data',), 'gt_sem_seg': ('data',)}

    def measure(self, parts: Mapping[str, Columns]) -> Array:
        """Return the pixels of each class: in both, predicted, and true, int64 (3, classes)."""
        found, truth = (parts[name]['data'].squeeze() for name in self.needed)
        if found.shape != truth.shape:
            raise UserError(
                f'MeanIoU needs maps of one size, got {found.shape} predicted and {truth.shape} '
                'true. Resize the prediction to the image.'
            )
        size = int(max(found.max(), truth.max())) + 1
        counted = (found[found == truth], found.ravel(), truth.ravel())
        return np.stack([np.bincount(pixels, minlength=size) for pixels in counted])

    def summarize(self, results: list[Any]) -> dict[str, float]:
        """Return both percentages."""
        totals = np.zeros((3, max(result.shape[1] for result in results)), np.int64)
        for result in results:
            totals[:, : result.shape[1]] += result
        shared, found, truth = totals
        union = found + truth - shared
        known = union > 0
        return {
            'mIoU': percent(shared[known] / union[known]),
            'aAcc': float(100 * shared.sum() / truth.sum()),
        }
