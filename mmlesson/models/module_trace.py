"""Which modules a forward pass calls, in which order, with which tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass
class ModuleCall:
    """One call of a module.

    Args:
        name: Of the module within the model; '' is the model itself.
        module: The module.
        inputs: First tensor among its positional arguments, or None.
        output: What it returned.
        called: Whether it called another module on the way.
        cost: How far the meter went while it, and no module that it called, was running.
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
    """Run ``forward`` and return the calls of the model's modules, in the order they finish.

    Args:
        model: Whose modules to follow.
        forward: Runs it.
        meter: A count that only grows; each call is told its own part of it.
    """
    names = {module: name for name, module in model.named_modules()}
    running: list[ModuleCall] = []
    finished: list[ModuleCall] = []
    seen = meter()

    def pay() -> None:
        nonlocal seen
        now = meter()
        if running:
            running[-1].cost += now - seen
        seen = now

    def enter(module: nn.Module, args: tuple[Any, ...]) -> None:
        pay()
        if running:
            running[-1].called = True
        tensors = (tensor for arg in args if (tensor := last_tensor(arg)) is not None)
        running.append(ModuleCall(names[module], module, next(tensors, None)))

    def leave(module: nn.Module, _args: Any, output: Any) -> None:
        pay()
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
    """Return a module's tensor: itself, or the last one of a tuple, which is what heads take."""
    parts = output if isinstance(output, tuple | list) else [output]
    return next((part for part in reversed(parts) if isinstance(part, Tensor)), None)


def with_last_tensor(output: Any, tensor: Tensor) -> Any:
    """Return ``output`` with `last_tensor` of it replaced."""
    if isinstance(output, Tensor):
        return tensor
    old = last_tensor(output)
    return type(output)([tensor if part is old else part for part in output])
