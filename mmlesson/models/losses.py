"""Classification losses of logits z (N, C) and labels y (N,)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmlesson.errors import check_choice
from mmlesson.registry import MODELS


@MODELS.register_module()
class CrossEntropyLoss(nn.Module):
    """Cross-entropy of the softmax: L = -log softmax(z)[y] = logsumexp(z) - z[y].

    Computed from logits, not from probabilities, so it is accurate for logits of any size.

    Shape:
        logits (N, C) float; labels (N,) int64; output () or, with reduction='none', (N,).

    References:
        Goodfellow, Bengio, Courville (2016), Deep Learning, section 6.2.2.3.
    """

    def forward(self, logits: Tensor, labels: Tensor, reduction: str = 'mean') -> Tensor:
        """Return the loss in nats."""
        return F.cross_entropy(logits, labels, reduction=reduction)


@MODELS.register_module()
class SquaredErrorLoss(nn.Module):
    """Squared error of the logits: L = 1/2 sum_c (z_c - [c = y])^2.

    Why it is here: it is the loss of linear regression, which is unsuited to classification. It
    penalises a sample far on the right side as much as one on the wrong side.

    Shape:
        As `CrossEntropyLoss`.

    References:
        Bishop (2006), Pattern Recognition and Machine Learning, section 4.1.3.
    """

    gives_probabilities = False

    def forward(self, logits: Tensor, labels: Tensor, reduction: str = 'mean') -> Tensor:
        """Return the loss."""
        targets = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
        return _reduce(0.5 * (logits - targets).square().sum(1), reduction)


@MODELS.register_module()
class HingeLoss(nn.Module):
    """Hinge loss, margin to the largest other logit: L = max(0, 1 - (z_y - max_(c != y) z_c)).

    Why it is here: it is zero for margins of at least one. For two classes with the logits
    (-s/2, s/2) it is max(0, 1 - ys), the loss of the support vector machine.

    Shape:
        As `CrossEntropyLoss`.

    References:
        Crammer, Singer (2001), On the algorithmic implementation of multiclass kernel-based vector
        machines, JMLR 2.
    """

    gives_probabilities = False

    def forward(self, logits: Tensor, labels: Tensor, reduction: str = 'mean') -> Tensor:
        """Return the loss."""
        return _reduce((1 - _margin(logits, labels)).clamp(min=0), reduction)


@MODELS.register_module()
class PerceptronLoss(nn.Module):
    """Perceptron loss: L = max(0, max_(c != y) z_c - z_y); for two classes, max(0, -ys).

    Why it is here: stochastic gradient descent on it, one sample at a time, *is* the perceptron
    rule. At margin zero, where L has a kink, the gradient is that of a mistake, as in the rule.

    Shape:
        As `CrossEntropyLoss`.

    References:
        Rosenblatt (1958), doi:10.1037/h0042519; Bishop (2006), section 4.1.7.
    """

    gives_probabilities = False

    def forward(self, logits: Tensor, labels: Tensor, reduction: str = 'mean') -> Tensor:
        """Return the loss."""
        margin = _margin(logits, labels)
        return _reduce(torch.where(margin <= 0, -margin, torch.zeros_like(margin)), reduction)


def _margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Return z_y minus the largest other logit, (N,)."""
    own = labels.view(-1, 1)
    other = logits.scatter(1, own, -torch.inf).max(1).values
    return logits.gather(1, own)[:, 0] - other


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    check_choice('loss', 'reduction', reduction, ('mean', 'none'))
    return losses.mean() if reduction == 'mean' else losses
