"""Trace of a forward pass: modules called, in order, with their tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass
class ModuleCall:
    """One call of a module.

    Args:
        name: Name of the module within the model; '' for the model itself.
        module: The module.
        inputs: First tensor among its positional arguments, or None.
        output: Return value.
        called: Whether it called another module.
        cost: Increase of the meter during the call, excluding calls of other modules in it.
    """

    name: str
    module: nn.Module
    inputs: Tensor | None
    output: Any = None
    called: bool = False
    cost: int = 0


def record_calls(
    model: nn.Module,
    forward: Callable[[], Any],
    meter: Callable[[], int] = lambda: 0,
) -> list[ModuleCall]:
    """Run ``forward`` and return the calls of the model's modules, in the order they return.

    Args:
        model: Model whose modules are traced.
        forward: Function that calls the model.
        meter: Non-decreasing count, e.g. of operations; its increase is divided among the calls.
    """
    names = {module: name for name, module in model.named_modules()}
    running: list[ModuleCall] = []
    finished: list[ModuleCall] = []
    seen = meter()

    def charge() -> None:
        nonlocal seen
        now = meter()
        if running:
            running[-1].cost += now - seen
        seen = now

    def enter(module: nn.Module, args: tuple[Any, ...]) -> None:
        charge()
        if running:
            running[-1].called = True
        tensors = (tensor for arg in args if (tensor := last_tensor(arg)) is not None)
        running.append(ModuleCall(names[module], module, next(tensors, None)))

    def leave(module: nn.Module, _args: Any, output: Any) -> None:
        charge()
        call = running.pop()
        call.output = output
        finished.append(call)

    handles = [module.register_forward_pre_hook(enter) for module in names]
    handles += [module.register_forward_hook(leave) for module in names]
    try:
        forward()
    finally:
        for handle in handles:
            handle.remove()
    return finished


def last_tensor(output: Any) -> Tensor | None:
    """Return a tensor itself, or the last tensor of a tuple or list; None if there is none."""
    parts = output if isinstance(output, tuple | list) else [output]
    return next((part for part in reversed(parts) if isinstance(part, Tensor)), None)


def with_last_tensor(output: Any, tensor: Tensor) -> Any:
    """Return ``output`` with its `last_tensor` replaced by ``tensor``."""
    if isinstance(output, Tensor):
        return tensor
    old = last_tensor(output)
    return type(output)([tensor if part is old else part for part in output])
