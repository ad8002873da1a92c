"""Location of the layer whose backward pass is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from mmlesson.apis.analysis.gradient_compare import FixedLoss, GradientCheck, compare_entries
from mmlesson.models.module_trace import last_tensor, record_calls, with_last_tensor

ACTIVATION_ENTRIES = 12  # enough to distinguish a wrong gradient from a right one


def layer_names(model: nn.Module) -> dict[str, str]:
    """Return 'module (Class)' of each parameter, by parameter name."""
    modules = dict(model.named_modules())
    owners = {name: name.rpartition('.')[0] for name, _ in model.named_parameters()}
    return {name: _title(owner, modules[owner]) for name, owner in owners.items()}


def _title(name: str, module: nn.Module) -> str:
    return f'{name or "model"} ({type(module).__name__})'


def find_faults(loss: FixedLoss, checks: list[GradientCheck], tolerance: float) -> list[str]:
    """Return a line per faulty layer.

    A layer that passes on a wrong gradient makes all layers before it look wrong. Therefore the
    gradient at the output of each module is checked too. The module after the last wrong output is
    faulty; a layer with a wrong parameter gradient is faulty only if the gradient at its output is
    right.

    Args:
        loss: The loss of the model.
        checks: Results for all parameters.
        tolerance: Largest relative error that passes.
    """
    blind = [
        f'{check.layer}: {check.name} could not be checked, because all of its {check.left_out} '
        'entries are at kinks of the loss'
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
            f'{culprit.layer}: its backward pass returns a wrong gradient to {last.layer} '
            f'(relative error {last.error:.2g})'
        )
    reached = {check.layer for check in outputs} - mistaken
    faults += [
        f'{check.layer}: the gradient of {check.name} is wrong (relative error {check.error:.2g})'
        for check in wrong
        if check.layer in reached or not faults
    ]
    return [*faults, *blind]


def _check_outputs(loss: FixedLoss, tolerance: float) -> list[GradientCheck]:
    """Check the gradient at the output of each module, in the order in which the modules return."""
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
            result = compare_entries(loss, added, gradient, ACTIVATION_ENTRIES, tolerance)
        title = _title(call.name, call.module)
        found.append(GradientCheck(call.name, title, output.numel(), *result))
    return found


@contextmanager
def _added_to_output(module: nn.Module, added: Tensor) -> Iterator[None]:
    """Add a tensor to the output of a module: both have the same gradient."""

    def add(_module: nn.Module, _args: Any, output: Any) -> Any:
        tensor = last_tensor(output)
        if tensor is None or tensor.shape != added.shape:
            return output  # a second call, with another shape
        return with_last_tensor(output, tensor + added)

    handle = module.register_forward_hook(add)
    try:
        yield
    finally:
        handle.remove()
