"""Validation loss as a metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmlesson.errors import UserError
from mmlesson.models.predictions import stack_values
from mmlesson.registry import METRICS


@METRICS.register_module()
class LossMetric(BaseMetric):
    """Mean loss over the samples, reported as 'loss'.

    Why it is here: mmengine's own validation loss is a mean of batch means, so samples of a small
    last batch count more, and each rank has its own value (loops.py, ``_parse_losses``).
    Here every sample counts once and the sum is exact, so the value does not depend on the number
    of processes or on the order.

    A predicted sample has its 'loss' (a scalar), or 'pred_score' (probabilities, (C,)) and
    'gt_label'; its loss is then the cross-entropy -log(pred_score[gt_label]) in nats, where a
    probability of 0 is replaced by the smallest normal float32 number (87.3 nats).

    Args:
        collect_device: 'cpu' or 'gpu': device on which results of several ranks are gathered.
        prefix: Prefix of the name, as in 'prefix/loss'.

    Raises:
        UserError: If a sample has neither, or there are no samples.
    """

    default_prefix = ''  # None would make mmengine warn

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Store the loss of each sample of a batch."""
        if not data_samples:
            return
        first = data_samples[0]
        if 'loss' in first:
            losses = _own_losses(data_samples)
        elif 'pred_score' in first and 'gt_label' in first:
            losses = _cross_entropy(data_samples)
        else:
            names = ', '.join(repr(name) for name in first) or 'nothing'
            raise UserError(
                "LossMetric needs samples with 'loss', or with 'pred_score' and "
                f"'gt_label', got {names}. Return one of them from the model's predict()."
            )
        self.results.extend(losses.tolist())

    def compute_metrics(self, results: list[float]) -> dict[str, float]:
        """Return the mean; `math.fsum` rounds once, so the order has no effect."""
        if not results:
            raise UserError('LossMetric needs at least one sample, got none. Is the dataset empty?')
        finite = all(map(math.isfinite, results))
        total = math.fsum(results) if finite else sum(results)  # fsum raises on inf - inf
        return {'loss': total / len(results)}


def _own_losses(samples: Sequence[Mapping[str, Any]]) -> Tensor:
    """Return the samples' own losses, float64 (N,)."""
    losses = stack_values(samples, 'loss')
    if losses.numel() != len(samples):
        shape = tuple(losses.shape[1:])
        raise UserError(
            f"LossMetric needs one 'loss' per sample, got the shape {shape}. "
            "Use reduction='none' and take the mean within each sample."
        )
    return losses.flatten().cpu().double()


def _cross_entropy(samples: Sequence[Mapping[str, Any]]) -> Tensor:
    """Return -log of the probability of each sample's label, float64 (N,), in nats."""
    scores = stack_values(samples, 'pred_score')  # (N, C)
    labels = stack_values(samples, 'gt_label').to(scores.device)
    if scores.dim() != 2 or labels.numel() != len(samples):
        shape = tuple(scores.shape[1:])
        raise UserError(
            "LossMetric needs a 'pred_score' of shape (C,) and one 'gt_label' per sample, "
            f'got {shape} and {labels.numel()} labels for {len(samples)} samples. '
            "For other tasks return 'loss' of each sample from predict()."
        )
    labels = labels.reshape(-1, 1).long()
    if bool(((labels < 0) | (labels >= scores.shape[1])).any()):
        raise UserError(
            f"LossMetric needs labels in 0..{scores.shape[1] - 1}, as 'pred_score' has "
            f'{scores.shape[1]} classes, got {sorted(set(labels.flatten().tolist()))}. '
            'Set num_classes of the head to that of the dataset.'
        )
    picked = scores.gather(1, labels).flatten().cpu().double()
    return -picked.clamp(min=torch.finfo(torch.float32).tiny).log()
