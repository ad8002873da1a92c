"""Backbones: the multilayer perceptron and the convolutional network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_choice, check_int, check_number
from mmlesson.registry import MODELS

ACTIVATIONS: dict[str, type[nn.Module]] = {
    'Identity': nn.Identity,
    'ReLU': nn.ReLU,
    'LeakyReLU': nn.LeakyReLU,
    'Sigmoid': nn.Sigmoid,
    'Tanh': nn.Tanh,
    'GELU': nn.GELU,
    'SiLU': nn.SiLU,
    'ELU': nn.ELU,
    'Softplus': nn.Softplus,
}
POOLINGS: dict[str, type[nn.Module]] = {'max': nn.MaxPool2d, 'avg': nn.AvgPool2d}


def _dense_layers(
    in_features: int, sizes: Sequence[int], activation: str, dropout: float
) -> nn.Sequential:
    """Return [Linear -> activation (-> dropout)] for each size."""
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [nn.Linear(in_features, size), ACTIVATIONS[activation]()]
        if dropout > 0:
            layers.append(nn.Dropout(dropout))
        in_features = size
    return nn.Sequential(*layers)


def _check_sizes(owner: str, name: str, sizes: Sequence[int]) -> None:
    if not isinstance(sizes, Sequence) or isinstance(sizes, str):
        raise ArgumentError(f'{owner}.{name} must be a sequence of ints, got {sizes!r}.')
    for position, size in enumerate(sizes):
        check_int(owner, f'{name}[{position}]', size)


@MODELS.register_module()
class MLP(BaseModule):
    """Multilayer perceptron: Flatten -> [Linear -> activation (-> dropout)] per hidden layer.

    h_0 = x, h_k = f(W_k h_(k-1) + b_k). Why it is here: with one hidden layer it is the smallest
    network that solves XOR, which no linear classifier can; with none it *is* the linear
    classifier, together with the linear layer of the head.

    Args:
        in_features: Values per flattened sample (64 for digits of 8 x 8).
        hidden_sizes: Width of each hidden layer; ``()`` for a linear classifier.
        activation: One of `ACTIVATIONS`. With 'Identity' the network is linear at any depth.
        dropout: Probability of setting a hidden value to zero in training.

    Shape:
        Input (N, ...) float32, whose samples have in_features values. Output a tuple of one tensor
        (N, out_features), the form that mmpretrain's necks and heads expect.

    Raises:
        ArgumentError: If an argument, or the shape of an input, is not as described.

    References:
        Rumelhart, Hinton, Williams (1986), doi:10.1038/323533a0.
    """

    def __init__(
        self,
        in_features: int,
        hidden_sizes: Sequence[int] = (64,),
        activation: str = 'ReLU',
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_int('MLP', 'in_features', in_features)
        _check_sizes('MLP', 'hidden_sizes', hidden_sizes)
        check_choice('MLP', 'activation', activation, ACTIVATIONS)
        check_number('MLP', 'dropout', dropout, 0, 1)
        self.in_features = in_features
        self.out_features = hidden_sizes[-1] if hidden_sizes else in_features
        self.layers = _dense_layers(in_features, hidden_sizes, activation, dropout)

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the last hidden layer."""
        flat = inputs.flatten(1)  # (N, in_features)
        if flat.shape[1] != self.in_features:
            raise ArgumentError(
                f'MLP.in_features (={self.in_features}) must match its input, got samples of '
                f'{flat.shape[1]} values, shape {tuple(inputs.shape[1:])}. '
                f'Set in_features={flat.shape[1]}.'
            )
        return (self.layers(flat),)


@MODELS.register_module()
class CNN(BaseModule):
    """Convolutional network: [Conv -> (norm) -> activation -> pool 2x2] per stage, then dense.

    A convolution connects each output to a small window of the input, and applies the same weights
    at all positions: y[c, i, j] = b[c] + sum_(d, u, v) w[c, d, u, v] x[d, i+u, j+v].
    Deeper stages see larger parts of the image.

    Args:
        in_channels: Channels of the image, 1 for greyscale.
        image_size: (height, width) in pixels.
        channels: Output channels of each stage.
        kernel_size: Height and width of the window, odd, so that padding keeps the size.
        activation: One of `ACTIVATIONS`.
        pool: 'max' or 'avg'; halves height and width.
        hidden_sizes: Widths of the fully connected layers after the last stage.
        dropout: Probability of setting a value to zero after each fully connected layer, in
            training.
        batch_norm: Whether to apply batch normalisation after each convolution.

    Shape:
        Input (N, in_channels, *image_size) float32; output a tuple of one tensor
        (N, out_features).

    Raises:
        ArgumentError: If an argument, or the shape of an input, is not as described.

    References:
        LeCun, Bottou, Bengio, Haffner (1998), doi:10.1109/5.726791; Simonyan, Zisserman (2015),
        arXiv:1409.1556 (stacks of 3 x 3 convolutions).
    """

    def __init__(
        self,
        in_channels: int = 1,
        image_size: Sequence[int] = (8, 8),
        channels: Sequence[int] = (16, 32),
        kernel_size: int = 3,
        activation: str = 'ReLU',
        pool: str = 'max',
        hidden_sizes: Sequence[int] = (64,),
        dropout: float = 0.0,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        check_int('CNN', 'in_channels', in_channels)
        _check_sizes('CNN', 'image_size', image_size)
        _check_sizes('CNN', 'channels', channels)
        _check_sizes('CNN', 'hidden_sizes', hidden_sizes)
        check_int('CNN', 'kernel_size', kernel_size)
        check_choice('CNN', 'activation', activation, ACTIVATIONS)
        check_choice('CNN', 'pool', pool, POOLINGS)
        check_number('CNN', 'dropout', dropout, 0, 1)
        self._check_fit(image_size, channels, kernel_size)
        self.input_shape = (in_channels, *image_size)
        layers: list[nn.Module] = []
        for width in channels:
            # Batch norm cancels a bias; Adam would turn its rounding errors into a random walk.
            conv = nn.Conv2d(
                in_channels, width, kernel_size, padding=kernel_size // 2, bias=not batch_norm
            )
            layers.append(conv)
            if batch_norm:
                layers.append(nn.BatchNorm2d(width))
            layers += [ACTIVATIONS[activation](), POOLINGS[pool](2)]
            in_channels = width
        self.stages = nn.Sequential(*layers)
        height, width = (side >> len(channels) for side in image_size)
        flat = in_channels * height * width
        self.dense = _dense_layers(flat, hidden_sizes, activation, dropout)
        self.out_features = hidden_sizes[-1] if hidden_sizes else flat

    @staticmethod
    def _check_fit(image_size: Sequence[int], channels: Sequence[int], kernel_size: int) -> None:
        if len(image_size) != 2:
            raise ArgumentError(f'CNN.image_size must be (height, width), got {image_size!r}.')
        if kernel_size % 2 == 0:
            raise ArgumentError(f'CNN.kernel_size must be odd, got {kernel_size}.')
        depth = min(image_size).bit_length() - 1  # how often the shorter side can be halved
        if len(channels) > depth:
            raise ArgumentError(
                f'CNN.channels must have at most {depth} stages for image_size={tuple(image_size)},'
                f' because each halves it; got {tuple(channels)}. Remove stages.'
            )

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the features after the last fully connected layer."""
        if tuple(inputs.shape[1:]) != self.input_shape:
            raise ArgumentError(
                f'CNN expects samples of shape {self.input_shape} (in_channels, *image_size), got '
                f'{tuple(inputs.shape[1:])}. Set in_channels and image_size to match the data.'
            )
        features = self.stages(inputs)
        return (self.dense(torch.flatten(features, 1)),)  # (N, out_features)
