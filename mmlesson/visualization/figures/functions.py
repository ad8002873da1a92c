"""Figures of functions that a model is made of: its activation function and its loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from mmlesson.models.backbones import ACTIVATIONS
from mmlesson.models.losses import (
    CrossEntropyLoss,
    HingeLoss,
    PerceptronLoss,
    SquaredErrorLoss,
)
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)

COMMON = ('Sigmoid', 'Tanh', 'ReLU')  # activation functions to compare with
FURTHEST_INPUT, FURTHEST_MARGIN = 5.0, 3.0
POINTS = 601  # odd, so that zero is among them

LOSSES: dict[str, type[nn.Module]] = {
    'perceptron: max(0, -m)': PerceptronLoss,
    'hinge: max(0, 1 - m)': HingeLoss,
    'cross-entropy: ln(1 + exp(-m))': CrossEntropyLoss,
    'squared error: (1 - m)² / 4': SquaredErrorLoss,
}


def activations(context: FigureContext) -> Figures:
    """Activation function of a model beside common ones, with their derivatives."""
    own = next(
        (
            name
            for module in context.model.modules()
            for name, kind in ACTIVATIONS.items()
            if type(module) is kind
        ),
        None,
    )
    if own is None:
        raise NotApplicableError('the model has no activation function')
    names = (*COMMON, *([own] if own not in COMMON else []))
    inputs = np.linspace(-FURTHEST_INPUT, FURTHEST_INPUT, POINTS)
    curves = {name: _with_derivative(ACTIVATIONS[name](), inputs) for name in names}
    figure = Drawing(
        'draw_activations',
        inputs,
        {name: values for name, (values, _) in curves.items()},
        {name: derivatives for name, (_, derivatives) in curves.items()},
        own=own,
        title=f'{context.name}: activation functions and their derivatives',
    )
    return {'activations': figure}


def _with_derivative(function: nn.Module, inputs: Array) -> tuple[Array, Array]:
    """Return the values of a function and its derivatives by autograd, (N,) each."""
    z = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
    values = function(z)
    (derivatives,) = torch.autograd.grad(values.sum(), z)
    return values.detach().numpy(), derivatives.numpy()


def losses(context: FigureContext) -> Figures:
    """Loss of a classifier beside others over the margin, and the margins of its samples."""
    logits, labels = context.logits('train'), context.train.labels
    margins = np.linspace(-FURTHEST_MARGIN, FURTHEST_MARGIN, POINTS)
    curves = {name: _over_margins(kind(), margins) for name, kind in LOSSES.items()}
    curves['0-1: wrong or right'] = (margins <= 0).astype(float)
    head: Any = getattr(context.model, 'head', None)
    used = type(getattr(head, 'loss_module', None))
    figure = Drawing(
        'draw_losses',
        margins,
        curves,
        own=next((name for name, kind in LOSSES.items() if kind is used), None),
        samples=margins_of(logits, labels),
        title=context.title('losses over the margin'),
    )
    return {'losses': figure}


def _over_margins(loss: nn.Module, margins: Array) -> Array:
    """Return the loss of a sample of the second of two classes for each margin, (N,).

    The logits are (1 - m) / 2 and (1 + m) / 2: of all with the margin m, those with the smallest
    squared error. The other losses depend on the margin alone.
    """
    logits = torch.from_numpy(np.stack([1 - margins, 1 + margins], 1) / 2)
    found: Array = loss(logits, torch.ones(len(margins), dtype=torch.long), 'none').numpy()
    return found


def margins_of(logits: Array, labels: Array) -> Array:
    """Return the logit of the true class minus the largest other one, (N,).

    Args:
        logits: Scores of each class, (N, C).
        labels: True classes, (N,).
    """
    rows = np.arange(len(labels))
    others = logits.astype(float)
    own = others[rows, labels].copy()
    others[rows, labels] = -np.inf
    margins: Array = own - others.max(1)
    return margins
