"""Losses from logits; each can be taken per sample."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mmlesson.registry import MODELS


@MODELS.register_module()
class CrossEntropyLoss(nn.Module):
    """Cross-entropy of the softmax: L = -log softmax(z)[y] = logsumexp(z) - z[y].

    Taken from the logits z, never from probabilities: exact for logits of any size.

    Shape:
        logits (N, C) float; labels (N,) int64; output () or, with reduction='none', (N,).

    References:
        Goodfellow, Bengio, Courville (2016), Deep Learning, section 6.2.2.3.
    """

    def forward(self, logits: Tensor, labels: Tensor, reduction: str = 'mean') -> Tensor:
        """Return the loss in nats."""
        return F.cross_entropy(logits, labels, reduction=reduction)
