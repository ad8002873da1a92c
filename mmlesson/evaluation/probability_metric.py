"""Metric for the distance of predicted scores from a probability distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric

from mmlesson.errors import UserError
from mmlesson.models.predictions import stack_values
from mmlesson.registry import METRICS


@METRICS.register_module()
class ProbabilityMetric(BaseMetric):
    """Largest distance of a 'pred_score' from a probability distribution: 'probability/error'.

    The distance of a sample is the largest of: a score's amount below zero, a score's amount above
    one, and the difference of the sum of scores from one. For a softmax in float32 it is
    below 1e-6, due to rounding.

    Args:
        collect_device: 'cpu' or 'gpu': device on which results of several ranks are gathered.
        prefix: Prefix of the name; default 'probability'.
    """

    default_prefix = 'probability'

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Store the error of each sample; 'pred_score' is a float tensor (C,)."""
        scores = stack_values(data_samples, 'pred_score').double()
        outside = torch.maximum(-scores.amin(1), scores.amax(1) - 1)
        off_sum = (scores.sum(1) - 1).abs()
        self.results.extend(torch.maximum(outside, off_sum).tolist())

    def compute_metrics(self, results: list[float]) -> dict[str, float]:
        """Return the largest error of all samples, or NaN if any is NaN."""
        if not results:
            raise UserError(
                'ProbabilityMetric needs at least one sample, got none. Is the dataset empty?'
            )
        return {'error': float(torch.tensor(results, dtype=torch.float64).max())}
