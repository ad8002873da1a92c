"""Whether a model's outputs are probabilities, as a metric: measured, not believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric

from mmlesson.errors import UserError
from mmlesson.registry import METRICS


@METRICS.register_module()
class ProbabilityMetric(BaseMetric):
    """How far the worst 'pred_score' is from a probability distribution: 'probability/error'.

    That is the largest of: how far a score lies below zero, how far above one, and how far their
    sum is from one. A softmax in float32 stays below 1e-6, which is rounding.

    Args:
        collect_device: 'cpu' or 'gpu': where results of several ranks meet.
        prefix: Put before the names.
    """

    default_prefix = 'probability'

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep the error of each sample; 'pred_score' is a float tensor (C,)."""
        scores = torch.stack([sample['pred_score'] for sample in data_samples]).double()
        outside = torch.maximum(-scores.amin(1), scores.amax(1) - 1)
        off_sum = (scores.sum(1) - 1).abs()
        self.results.extend(torch.maximum(outside, off_sum).tolist())

    def compute_metrics(self, results: list[float]) -> dict[str, float]:
        """Return the largest error over all samples; NaN, if there is one, which max() may miss."""
        if not results:
            raise UserError(
                'ProbabilityMetric must be given at least one sample, got none. Is the data set '
                'empty?'
            )
        return {'error': float(torch.tensor(results, dtype=torch.float64).max())}
