"""Gradients of an operator, computed by autograd into given tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def fill_gradients(
    function: Callable[..., Tensor],
    inputs: Sequence[Tensor],
    grad_output: Tensor,
    gradients: Sequence[Tensor],
) -> None:
    """Fill ``gradients`` of a function's inputs by computing it again under autograd."""
    with torch.enable_grad():
        leaves = [value.detach().requires_grad_() for value in inputs]
        output = function(*leaves)
    found = torch.autograd.grad(output, leaves, grad_output)
    for gradient, value in zip(gradients, found, strict=True):
        gradient.copy_(value)
