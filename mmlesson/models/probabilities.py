"""Models whose scores are probabilities after the softmax, and models whose scores are not."""

from __future__ import annotations

from torch import nn

_FOCUSED = ('FocalLoss', 'AsymmetricLoss')
"""Losses of mmpretrain that are smallest at other scores than the probabilities."""


def has_probabilities(model: nn.Module) -> bool:
    """Return whether the softmax of a model's logits estimates the probability of each class.

    Cross-entropy and its relatives are fitted to it. The perceptron rule, the hinge loss and the
    squared error are not: their scores only rank the classes, so no confidence is shown. Such a
    model or loss has the attribute ``gives_probabilities = False``. Neither are mmpretrain's losses
    of the sigmoid of each logit, whose softmax has no meaning.

    Args:
        model: A classifier; a wrapper's ``module`` is looked at.
    """
    inner = getattr(model, 'module', None)
    if isinstance(inner, nn.Module):
        return has_probabilities(inner)
    loss = getattr(getattr(model, 'head', None), 'loss_module', None)
    known = all(getattr(part, 'gives_probabilities', True) for part in (model, loss))
    return known and type(loss).__name__ not in _FOCUSED and not _uses_sigmoid(loss)


def is_cross_entropy(loss: object) -> bool:
    """Return whether a loss is the cross-entropy of the softmax, with equal weights of 1.

    Args:
        loss: Loss of a head, or None.
    """
    weights = getattr(loss, 'loss_weight', 1.0), getattr(loss, 'class_weight', None)
    is_named = type(loss).__name__ == 'CrossEntropyLoss'
    return is_named and weights == (1.0, None) and not _uses_sigmoid(loss)


def _uses_sigmoid(loss: object) -> bool:
    """Return whether a loss of mmpretrain, or the one within it, is of the sigmoid."""
    parts = loss.modules() if isinstance(loss, nn.Module) else ()
    return any(bool(getattr(part, 'use_sigmoid', False)) for part in parts)
