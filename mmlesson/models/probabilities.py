"""Models whose scores are probabilities after the softmax, and models whose scores are not."""

from __future__ import annotations

from torch import nn


def has_probabilities(model: nn.Module) -> bool:
    """Return whether the softmax of a model's logits estimates the probability of each class.

    Cross-entropy and its relatives are fitted to it. The perceptron rule, the hinge loss and the
    squared error are not: their scores only rank the classes, so no confidence is shown. Such a
    model or loss has the attribute ``gives_probabilities = False``.

    Args:
        model: A classifier; a wrapper's ``module`` is looked at.
    """
    inner = getattr(model, 'module', None)
    if isinstance(inner, nn.Module):
        return has_probabilities(inner)
    loss = getattr(getattr(model, 'head', None), 'loss_module', None)
    return all(getattr(part, 'gives_probabilities', True) for part in (model, loss))
