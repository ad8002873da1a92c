"""Multilayer perceptron with a hand-written backward pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from mmlesson.errors import ArgumentError, check_choice
from mmlesson.models.backbones import MLP
from mmlesson.registry import MODELS

_Function = Callable[[Tensor], Tensor]


def _gelu_slope(a: Tensor) -> Tensor:
    """Return d/da of a P(a), with P the normal distribution function: P(a) + a p(a)."""
    below = (1 + torch.erf(a / math.sqrt(2))) / 2
    density = torch.exp(-(a**2) / 2) / math.sqrt(2 * math.pi)
    return below + a * density


def _silu_slope(a: Tensor) -> Tensor:
    """Return d/da of a s(a), with s the sigmoid: s (1 + a (1 - s))."""
    s = torch.sigmoid(a)
    return s * (1 + a * (1 - s))


def _softplus_slope(a: Tensor) -> Tensor:
    """Return d/da of log(1 + e^a): the sigmoid; torch uses a instead of the log above 20."""
    return torch.where(a > 20, 1.0, torch.sigmoid(a))


# f(a) and f'(a), both as functions of the pre-activation a.
ACTIVATIONS_BY_HAND: dict[str, tuple[_Function, _Function]] = {
    'Identity': (lambda a: a, torch.ones_like),
    'ReLU': (torch.relu, lambda a: (a > 0).to(a)),
    'LeakyReLU': (F.leaky_relu, lambda a: torch.ones_like(a).masked_fill(a <= 0, 0.01)),
    'Sigmoid': (torch.sigmoid, lambda a: torch.sigmoid(a) * (1 - torch.sigmoid(a))),
    'Tanh': (torch.tanh, lambda a: 1 - torch.tanh(a) ** 2),
    'GELU': (F.gelu, _gelu_slope),
    'SiLU': (F.silu, _silu_slope),
    'ELU': (F.elu, lambda a: torch.where(a > 0, 1.0, torch.exp(a))),
    'Softplus': (F.softplus, _softplus_slope),
}


class Backpropagation(torch.autograd.Function):
    """The hidden layers as a single autograd operation with a hand-written backward pass.

    Forward, for layer k = 1 ... K, with h_0 = x::

        a_k = W_k h_(k-1) + b_k          pre-activations
        h_k = f(a_k)                     activations

    Backward, for k = K ... 1, from dL/dh_K, the gradient from the layer above::

        delta_k = dL/dh_k * f'(a_k)      the error of each unit: dL/da_k
        dW_k    = delta_k^T h_(k-1)      summed over the samples
        db_k    = sum of delta_k         summed over the samples
        dL/dh_(k-1) = delta_k W_k        the error passes back through the same weights

    References:
        Rumelhart, Hinton, Williams (1986), doi:10.1038/323533a0, equations 4 to 7.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: str, *weights_and_biases: Tensor) -> Tensor:
        """Return h_K, (N, D_K), and save what the backward pass needs.

        Args:
            ctx: Storage of autograd between the passes.
            x: Inputs, (N, D_0).
            activation: One of `ACTIVATIONS_BY_HAND`.
            weights_and_biases: W_1, b_1, W_2, b_2, …; W_k is (D_k, D_(k-1)), b_k is (D_k,).
        """
        f, _ = ACTIVATIONS_BY_HAND[activation]
        weights, biases = weights_and_biases[::2], weights_and_biases[1::2]
        h, hidden, incoming = x, [x], []
        for W, b in zip(weights, biases, strict=True):
            a = h @ W.T + b
            h = f(a)
            incoming.append(a)
            hidden.append(h)
        ctx.activation = activation
        ctx.save_for_backward(*weights, *hidden[:-1], *incoming)
        return h

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dh: Tensor) -> tuple[Tensor | None, ...]:
        """Return dL/dx, None for the activation's name, and dW_1, db_1, dW_2, db_2, …."""
        depth = len(ctx.saved_tensors) // 3
        weights = ctx.saved_tensors[:depth]
        hidden = ctx.saved_tensors[depth : 2 * depth]  # h_0 ... h_(K-1)
        incoming = ctx.saved_tensors[2 * depth :]  # a_1 ... a_K
        _, slope = ACTIVATIONS_BY_HAND[ctx.activation]
        gradients: list[Tensor] = []
        for W, h, a in reversed(list(zip(weights, hidden, incoming, strict=True))):
            delta = dh * slope(a)  # (N, D_k)
            dW = delta.T @ h  # (D_k, D_(k-1)), the sum over the samples
            db = delta.sum(0)  # (D_k,)
            dh = delta @ W  # (N, D_(k-1)), for the layer below
            gradients = [dW, db, *gradients]
        return (dh, None, *gradients)


class LayersByHand(nn.Sequential):
    """Layers of an `MLP`, of which only the weights and biases are used.

    Args:
        layers: [Linear -> activation] per hidden layer.
        activation: Name of the activation.
    """

    def __init__(self, layers: nn.Sequential, activation: str) -> None:
        super().__init__(*layers)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Return the last hidden layer, (N, D_K)."""
        if torch.jit.is_tracing():  # type: ignore[attr-defined]
            return super().forward(x)  # TorchScript holds no Python, and needs no gradient
        linear = [layer for layer in self if isinstance(layer, nn.Linear)]
        parameters = [p for layer in linear for p in (layer.weight, layer.bias)]
        hidden: Tensor = Backpropagation.apply(x, self.activation, *parameters)
        return hidden


@MODELS.register_module()
class MLPByHand(MLP):
    """`MLP` with an explicit backward pass; see `Backpropagation`.

    Why it is here: autograd hides the algorithm by which networks learn. This model trains to the
    same weights as `MLP`, and every step can be read and changed;
    ``tools/analysis/check_gradients.py`` then finds a layer that is wrong.

    Weights, their initial values and their names in a checkpoint are those of `MLP`.

    Args:
        in_features: Values per flattened sample.
        hidden_sizes: Width of each hidden layer, at least one.
        activation: One of `ACTIVATIONS_BY_HAND`.

    Shape:
        As `MLP`: input (N, ...) floating, output a tuple of one tensor (N, out_features).

    Raises:
        ArgumentError: If an argument, or the shape of an input, is not as described.

    References:
        Rumelhart, Hinton, Williams (1986), doi:10.1038/323533a0.
    """

    def __init__(
        self, in_features: int, hidden_sizes: Sequence[int] = (64,), activation: str = 'ReLU'
    ) -> None:
        check_choice('MLPByHand', 'activation', activation, ACTIVATIONS_BY_HAND)
        super().__init__(in_features, hidden_sizes, activation)
        if not hidden_sizes:
            raise ArgumentError(
                'MLPByHand.hidden_sizes must have at least one width, got (): there would be no '
                'layer to backpropagate through. Use MLP for a linear classifier.'
            )
        self.layers = LayersByHand(self.layers, activation)
