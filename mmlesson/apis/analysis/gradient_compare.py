"""Comparison of autograd's gradients with difference quotients of the loss.

For every weight w, the derivative of the loss L equals (L(w + h) - L(w - h)) / 2h, up to an error
of order h^2 and rounding. The quotient needs the forward pass only, so it does not depend on the
backward pass that is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

STEP = 1e-5  # relative to a weight: above rounding errors, below the distance to a kink
ROUNDING_UNITS = 32  # rounding error of a loss after many operations, in units of the last place


@dataclass(frozen=True)
class GradientCheck:
    """Result of the check of one tensor.

    Args:
        name: Name of the parameter, or of the module whose output the tensor is.
        layer: Module and its class, e.g. 'backbone.layers.0 (Linear)'.
        size: Number of entries of the tensor.
        compared: Number of entries with a reliable difference quotient.
        left_out: Number of entries at a kink of the loss, where no derivative exists.
        error: Largest relative error of the compared entries, 0 if there are none.
    """

    name: str
    layer: str
    size: int
    compared: int
    left_out: int
    error: float

    def is_wrong(self, tolerance: float) -> bool:
        """Return whether the error exceeds ``tolerance`` or is NaN."""
        return not self.error <= tolerance


class FixedLoss:
    """The loss as a function of the weights only.

    Args:
        model: A model in mmengine's form, which is copied.
        batch: Keyword arguments of its ``forward``.
    """

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
        """Return autograd's gradient of each tensor; zero if the loss does not depend on it."""
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
def compare_entries(
    loss: Callable[[], Tensor],
    tensor: Tensor,
    gradient: Tensor,
    max_entries: int,
    tolerance: float,
) -> tuple[int, int, float]:
    """Compare the gradient of a tensor with difference quotients.

    Args:
        loss: Function that returns the loss, () float64, at the current entries of the tensor.
        tensor: Float64 tensor whose entries are changed and then restored.
        gradient: Gradient to check, of the shape of the tensor.
        max_entries: A larger tensor is checked at this many random entries, from a fixed seed.
        tolerance: Largest relative error that passes.

    Returns:
        Number of entries compared, number left out, and the largest relative error.
    """
    centre = float(loss())
    # Largest quotient that rounding alone can cause.
    noise = ROUNDING_UNITS * torch.finfo(torch.float64).eps * max(abs(centre), 1.0) / STEP
    errors = []
    chosen = _choose_entries(tensor.numel(), max_entries)
    for index in chosen:
        quotient = _quotient(loss, tensor, index, centre, noise, tolerance)
        if quotient is not None:
            value = float(gradient.reshape(-1)[index])
            # A difference within the noise passes; NaN stays NaN.
            size = max(abs(value), abs(quotient), noise / tolerance)
            errors.append(abs(value - quotient) / size)
    # Python's max() could drop a NaN, torch's keeps it.
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
    """Return dL/dw by central differences, or None if the loss has a kink there."""
    entry = tensor[torch.unravel_index(torch.tensor(index), tensor.shape)]
    kept = entry.clone()
    slopes, bends = [], []
    for step in (STEP, STEP / 2):
        step *= max(abs(float(kept)), 1.0)
        above, below = (float(_loss_at(loss, entry, kept + move)) for move in (step, -step))
        slopes.append((above - below) / (2 * step))
        # Slope on the right minus slope on the left: halves with the step unless there is a kink.
        bends.append((above - 2 * centre + below) / step)
    entry.copy_(kept)
    slack = tolerance / 2 * abs(slopes[1]) + 2 * noise
    agree = abs(slopes[0] - slopes[1]) <= slack
    smooth = abs(bends[1]) <= 2 * slack or abs(bends[1]) <= 0.75 * abs(bends[0])
    return slopes[1] if agree and smooth else None


def _loss_at(loss: Callable[[], Tensor], entry: Tensor, value: Tensor) -> Tensor:
    entry.copy_(value)
    return loss()
