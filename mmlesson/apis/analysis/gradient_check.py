"""Gradient check: autograd's gradients against difference quotients of the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config
from torch import nn

from mmlesson.apis.analysis.build import build_model, training_batch
from mmlesson.apis.analysis.gradient_compare import FixedLoss, GradientCheck, compare_entries
from mmlesson.apis.analysis.gradient_fault import find_faults, layer_names
from mmlesson.errors import UserError, check_int, check_number
from mmlesson.utils.text_table import format_table

SAMPLES = 4  # the loss of each sample has its own kinks; any sample reveals a wrong gradient


@dataclass(frozen=True)
class GradientReport:
    """Result of the gradient check of a model.

    Args:
        checks: Results per parameter, in the order of the model.
        faults: A line per faulty layer, which names it; empty if all gradients are right.
    """

    checks: list[GradientCheck]
    faults: list[str]


def check_config_gradients(
    config: Config, tolerance: float = 1e-4, max_entries: int = 20
) -> GradientReport:
    """Check the model of a config on a few of its training samples; see `check_gradients`.

    The initial weights are perturbed, because they can be a special point: with the usual zeros in
    residual branches, gradients vanish or every ReLU is at its kink.
    """
    model = build_model(config)
    _perturb_weights(model)
    return check_gradients(model, training_batch(config, model, SAMPLES), tolerance, max_entries)


def check_gradients(
    model: nn.Module, batch: dict[str, Any], tolerance: float = 1e-4, max_entries: int = 20
) -> GradientReport:
    """Compare autograd with central differences for every parameter of a model.

    A copy of the model is used, in float64 and in training mode.
    All forward passes compute the same function: they start from the same random state (dropout),
    and buffers (running statistics) are restored before each.

    A loss with ReLU or max-pooling has kinks, where no derivative exists. An entry is compared
    only if the quotients at steps h and h/2 agree and the slopes on its left and right approach
    each other; the others are counted as left out. This choice depends on the forward pass only,
    so a wrong gradient cannot exclude itself.

    Args:
        model: A model in mmengine's form: ``model(**batch, mode='loss')`` returns its losses.
        batch: Output of its preprocessor, e.g. inputs (N, ...) and labels (N,).
        tolerance: Largest relative error that passes, > 0.
        max_entries: A larger parameter is checked at this many random entries, from a fixed seed.

    Raises:
        UserError: If no parameter of the model requires a gradient.
        ArgumentError: If an argument is not as described.
    """
    check_number('check_gradients', 'tolerance', tolerance, minimum=1e-12)
    check_int('check_gradients', 'max_entries', max_entries)
    loss = FixedLoss(model, batch)
    trained = {name: p for name, p in loss.model.named_parameters() if p.requires_grad}
    if not trained:
        raise UserError(
            f'{type(model).__name__} has no parameter that a gradient trains: nothing to check.'
        )
    gradients = loss.gradients(list(trained.values()))
    layers = layer_names(loss.model)
    checks = []
    for (name, parameter), gradient in zip(trained.items(), gradients, strict=True):
        found = compare_entries(loss, parameter, gradient, max_entries, tolerance)
        checks.append(GradientCheck(name, layers[name], parameter.numel(), *found))
    return GradientReport(checks, find_faults(loss, checks, tolerance))


@torch.no_grad()
def _perturb_weights(model: nn.Module) -> None:
    """Perturb each weight by about a twentieth of its tensor's root mean square."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        size = float(parameter.pow(2).mean().sqrt()) or 1.0
        noise = torch.randn(parameter.shape, generator=generator).to(parameter)
        parameter.add_(noise, alpha=0.05 * size)


def format_checks(report: GradientReport, tolerance: float) -> str:
    """Return a report as a table with a line per parameter, and notes on how to read it."""
    rows = [
        [
            check.name,
            f'{check.compared} of {check.size}',
            str(check.left_out),
            f'{check.error:.1e}' if check.compared else '-',
            'WRONG' if check.is_wrong(tolerance) else 'right' if check.compared else 'unknown',
        ]
        for check in report.checks
    ]
    head = ['parameter', 'compared', 'at a kink', 'relative error', '']
    sampled = any(check.compared + check.left_out < check.size for check in report.checks)
    note = 'large parameters: random entries from a fixed seed; ' if sampled else ''
    return f'{format_table(head, rows)}\n{note}tolerance {tolerance:g}'
