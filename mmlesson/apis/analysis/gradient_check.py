"""Is a backward pass right? Autograd's gradients against difference quotients of the loss.

For every weight w the derivative of the loss L is also (L(w + h) - L(w - h)) / 2h, up to h^2 and
rounding. That needs the forward pass alone, so a backward pass that is wrong cannot agree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmlesson.apis.analysis.build import build_model, training_batch
from mmlesson.errors import UserError, check_int, check_number
from mmlesson.models.module_trace import last_tensor, record_calls, with_last_tensor
from mmlesson.utils.text_table import format_table

STEP = 1e-5  # of a weight: large against rounding, small against the distance of the next kink
SAMPLES = 4  # each sample has kinks of its own; a wrong gradient shows on any
# Rounding of a loss that went through many operations, in units of the last place.
ROUNDING_UNITS = 32
ACTIVATION_ENTRIES = 12  # enough to tell a wrong gradient from a right one


@dataclass(frozen=True)
class GradientCheck:
    """What was found for one tensor.

    Args:
        name: Of the parameter, or of the module whose output it is.
        layer: Module and its class, e.g. 'backbone.layers.0 (Linear)'.
        size: Entries of the tensor.
        compared: Entries whose difference quotient could be relied on.
        left_out: Entries at a kink of the loss, where there is no derivative to compare with.
        error: Largest relative error of the compared entries, 0 if there are none.
    """

    name: str
    layer: str
    size: int
    compared: int
    left_out: int
    error: float

    def is_wrong(self, tolerance: float) -> bool:
        """Whether the error is larger than ``tolerance``, or not a number."""
        return not self.error <= tolerance


@dataclass(frozen=True)
class GradientReport:
    """The outcome for a model.

    Args:
        checks: One per parameter, in the model's order.
        faults: A line per faulty layer, naming it; empty where all is right.
    """

    checks: list[GradientCheck]
    faults: list[str]


def check_config_gradients(
    config: Config, tolerance: float = 1e-4, max_entries: int = 20
) -> GradientReport:
    """Check the model of a config on a few of its own training samples; see `check_gradients`.

    The weights are moved a little from their start, which can be a place of its own: with the
    usual zeros in residual branches gradients vanish there, or every ReLU stands at its kink.
    """
    model = build_model(config)
    _leave_start(model)
    return check_gradients(model, training_batch(config, model, SAMPLES), tolerance, max_entries)


def check_gradients(
    model: nn.Module, batch: dict[str, Any], tolerance: float = 1e-4, max_entries: int = 20
) -> GradientReport:
    """Compare autograd with central differences for every parameter of a model.

    All is done in float64, on a copy, in training mode: it is the function that training
    differentiates. What could make two forward passes differ is held still: random numbers
    (dropout) are drawn from one seed, and buffers (running statistics) are put back, so that batch
    norm is a fixed function of the batch.

    A loss with ReLU or max-pooling has kinks, where no derivative exists. An entry is compared
    only where the quotients at steps h and h/2 agree and the slopes to its left and right
    approach each other; the others are counted as left out. That choice depends on the forward
    pass alone: a wrong gradient cannot hide itself by it.

    Args:
        model: Any model of mmengine's kind: ``model(**batch, mode='loss')`` gives its losses.
        batch: What its preprocessor gave, e.g. inputs (N, ...) and labels (N,).
        tolerance: Largest relative error that passes, > 0.
        max_entries: Larger parameters are checked on this many entries, drawn from a fixed seed.

    Raises:
        UserError: If no parameter of the model is trained by a gradient.
        ArgumentError: If an argument is not as described.
    """
    check_number('check_gradients', 'tolerance', tolerance, minimum=1e-12)
    check_int('check_gradients', 'max_entries', max_entries)
    loss = _FixedLoss(model, batch)
    trained = {name: p for name, p in loss.model.named_parameters() if p.requires_grad}
    if not trained:
        raise UserError(
            f'{type(model).__name__} has no parameter that a gradient trains: nothing to check.'
        )
    gradients = loss.gradients(list(trained.values()))
    layers = _layer_names(loss.model)
    checks = []
    for (name, parameter), gradient in zip(trained.items(), gradients, strict=True):
        found = _compare(loss, parameter, gradient, max_entries, tolerance)
        checks.append(GradientCheck(name, layers[name], parameter.numel(), *found))
    return GradientReport(checks, _find_faults(loss, checks, tolerance))


@torch.no_grad()
def _leave_start(model: nn.Module) -> None:
    """Move each weight at random by about a twentieth of what its tensor's weights are."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        size = float(parameter.pow(2).mean().sqrt()) or 1.0
        noise = torch.randn(parameter.shape, generator=generator).to(parameter)
        parameter.add_(noise, alpha=0.05 * size)


def format_checks(report: GradientReport, tolerance: float) -> str:
    """Return a report as a table, a line per parameter, and what it is to be read with."""
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
    note = 'large parameters: a sample of entries from a fixed seed; ' if sampled else ''
    return f'{format_table(head, rows)}\n{note}tolerance {tolerance:g}'


class _FixedLoss:
    """The loss as a function of the weights and of nothing else."""

    def __init__(self, model: nn.Module, batch: dict[str, Any]) -> None:
        self.model: Any = deepcopy(model).double().train()
        self.batch = {key: _to_double(value) for key, value in batch.items()}
        self._buffers = {name: value.clone() for name, value in self.model.named_buffers()}

    def __call__(self) -> Tensor:
        """Return the loss, () float64."""
        for name, buffer in self.model.named_buffers():
            buffer.copy_(self._buffers[name])
        with torch.random.fork_rng(devices=[]):
            losses = self.model(**self.batch, mode='loss')
        total: Tensor = self.model.parse_losses(losses)[0]
        return total

    def gradients(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Return autograd's gradient of each tensor; zero for one that the loss is cut off from."""
        with torch.enable_grad():
            total = self()
            if not total.requires_grad:
                return [torch.zeros_like(tensor) for tensor in tensors]
            found = torch.autograd.grad(total, list(tensors), allow_unused=True)
        return [
            torch.zeros_like(tensor) if gradient is None else gradient
            for tensor, gradient in zip(tensors, found, strict=True)
        ]


def _to_double(value: Any) -> Any:
    is_float = isinstance(value, Tensor) and value.is_floating_point()
    return value.double() if is_float else value


@torch.no_grad()
def _compare(
    loss: Callable[[], Tensor],
    tensor: Tensor,
    gradient: Tensor,
    max_entries: int,
    tolerance: float,
) -> tuple[int, int, float]:
    """Return entries compared, entries left out, and the largest relative error."""
    centre = float(loss())
    # What rounding alone can make of a quotient.
    noise = ROUNDING_UNITS * torch.finfo(torch.float64).eps * max(abs(centre), 1.0) / STEP
    errors = []
    chosen = _choose_entries(tensor.numel(), max_entries)
    for index in chosen:
        quotient = _quotient(loss, tensor, index, centre, noise, tolerance)
        if quotient is not None:
            value = float(gradient.reshape(-1)[index])
            # A difference that is all noise passes; a NaN compares as itself.
            size = max(abs(value), abs(quotient), noise / tolerance)
            errors.append(abs(value - quotient) / size)
    # max() would pass over a NaN, which is the worst of errors.
    worst = float(torch.tensor([0.0, *errors], dtype=torch.float64).max())
    return len(errors), len(chosen) - len(errors), worst


def _choose_entries(size: int, max_entries: int) -> list[int]:
    if size <= max_entries:
        return list(range(size))
    generator = torch.Generator().manual_seed(0)
    return sorted(torch.randperm(size, generator=generator)[:max_entries].tolist())


def _quotient(
    loss: Callable[[], Tensor],
    tensor: Tensor,
    index: int,
    centre: float,
    noise: float,
    tolerance: float,
) -> float | None:
    """Return dL/dw by central differences, or None where the loss has a kink."""
    entry = tensor[torch.unravel_index(torch.tensor(index), tensor.shape)]
    kept = entry.clone()
    slopes, bends = [], []
    for step in (STEP, STEP / 2):
        step *= max(abs(float(kept)), 1.0)
        above, below = (float(_loss_at(loss, entry, kept + move)) for move in (step, -step))
        slopes.append((above - below) / (2 * step))
        # Slope to the right less slope to the left: halves with the step, unless there is a kink.
        bends.append((above - 2 * centre + below) / step)
    entry.copy_(kept)
    slack = tolerance / 2 * abs(slopes[1]) + 2 * noise
    agree = abs(slopes[0] - slopes[1]) <= slack
    smooth = abs(bends[1]) <= 2 * slack or abs(bends[1]) <= 0.75 * abs(bends[0])
    return slopes[1] if agree and smooth else None


def _loss_at(loss: Callable[[], Tensor], entry: Tensor, value: Tensor) -> Tensor:
    entry.copy_(value)
    return loss()


# -- which layer ----------------------------------------------------------------------------------


def _layer_names(model: nn.Module) -> dict[str, str]:
    """Return 'module (Class)' for each parameter, by its name."""
    modules = dict(model.named_modules())
    owners = {name: name.rpartition('.')[0] for name, _ in model.named_parameters()}
    return {name: _title(owner, modules[owner]) for name, owner in owners.items()}


def _title(name: str, module: nn.Module) -> str:
    return f'{name or "model"} ({type(module).__name__})'


def _find_faults(loss: _FixedLoss, checks: list[GradientCheck], tolerance: float) -> list[str]:
    """Return a line per faulty layer.

    A layer that hands a wrong gradient on makes all layers before it look wrong. So the gradient
    at the output of each module is checked too: the first module behind the last wrong output is
    at fault, and a layer with a wrong parameter is only if the gradient that reached it was right.
    """
    blind = [
        f'{check.layer}: {check.name} could not be checked, all of its {check.left_out} entries '
        'lie at kinks of the loss'
        for check in checks
        if not check.compared
    ]
    wrong = [check for check in checks if check.is_wrong(tolerance)]
    if not wrong:
        return blind
    outputs = _check_outputs(loss, tolerance)
    wrong_at = [i for i, check in enumerate(outputs) if check.is_wrong(tolerance)]
    mistaken = {outputs[i].layer for i in wrong_at}
    faults = []
    if wrong_at and wrong_at[-1] + 1 < len(outputs):
        last, culprit = outputs[wrong_at[-1]], outputs[wrong_at[-1] + 1]
        faults.append(
            f'{culprit.layer}: its backward pass hands a wrong gradient on to {last.layer} '
            f'(relative error {last.error:.2g})'
        )
    reached = {check.layer for check in outputs} - mistaken
    faults += [
        f'{check.layer}: the gradient of {check.name} is wrong (relative error {check.error:.2g})'
        for check in wrong
        if check.layer in reached or not faults
    ]
    return [*faults, *blind]


def _check_outputs(loss: _FixedLoss, tolerance: float) -> list[GradientCheck]:
    """Check the gradient at the output of each module, in the order in which they finish."""
    with torch.no_grad():
        calls = record_calls(loss.model, loss)
    found = []
    for call in calls:
        output = last_tensor(call.output)
        if output is None or not output.is_floating_point() or call.module is loss.model:
            continue
        added = torch.zeros_like(output, requires_grad=True)
        with _added_to_output(call.module, added):
            (gradient,) = loss.gradients([added])
            result = _compare(loss, added, gradient, ACTIVATION_ENTRIES, tolerance)
        title = _title(call.name, call.module)
        found.append(GradientCheck(call.name, title, output.numel(), *result))
    return found


@contextmanager
def _added_to_output(module: nn.Module, added: Tensor) -> Any:
    """Add a tensor to what a module gives: the loss's gradient in it is that in the output."""

    def add(_module: nn.Module, _args: Any, output: Any) -> Any:
        tensor = last_tensor(output)
        if tensor is None or tensor.shape != added.shape:
            return output  # called once more, with another shape
        return with_last_tensor(output, tensor + added)

    handle = module.register_forward_hook(add)
    try:
        yield
    finally:
        handle.remove()
