"""`Settings`: all that the page of the playground can choose, with its bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from mmlesson.errors import ArgumentError, check_choice, check_int, check_number, shorten

OWN = 'TableDataset'
DATASETS = ('XOR', 'Moons', 'Circles', 'Spirals', 'Blobs', OWN)
ACTIVATIONS = ('Tanh', 'ReLU', 'Sigmoid', 'Identity', 'LeakyReLU', 'GELU', 'SiLU', 'ELU')
LOSSES = ('CrossEntropyLoss', 'SquaredErrorLoss', 'HingeLoss', 'PerceptronLoss')
OPTIMIZERS = ('SGD', 'Adam', 'AdamW', 'RMSprop', 'Adagrad')
MOST_LAYERS = 6
MOST_NEURONS = 256
MOST_CLASSES = 6


def _check_size(owner: str, name: str, value: Any, least: int, most: int) -> None:
    check_int(owner, name, value, minimum=least)
    check_number(owner, name, value, least, most)


@dataclass(frozen=True)
class DataSettings:
    """Points in the plane.

    Args:
        dataset: One of `DATASETS`; 'TableDataset' stands for points of the visitor.
        noise: Standard deviation of the noise of a generated dataset, in [0, 1].
        num_samples: Number of generated points in all splits together, a multiple of 4 from 40 to
            2000.
        train_percent: Percentage of points for training, 10 to 90.
        val_percent: Percentage of points for validation, 5 to 85; the test split gets the rest, at
            least 5.
        num_classes: Number of classes, 2 to 6; other than 2 for the visitor's points only.

    Raises:
        ArgumentError: If an argument is not as described.
    """

    dataset: str = 'XOR'
    noise: float = 0.2
    num_samples: int = 400
    train_percent: int = 60
    val_percent: int = 20
    num_classes: int = 2

    def __post_init__(self) -> None:
        """Check the arguments."""
        owner = 'playground'
        check_choice(owner, 'dataset', self.dataset, DATASETS)
        check_number(owner, 'noise', self.noise, 0, 1)
        _check_size(owner, 'num_samples', self.num_samples, 40, 2000)
        if self.num_samples % 4:
            raise ArgumentError(
                f'{owner}.num_samples must be a multiple of 4, got {self.num_samples}.'
            )
        _check_size(owner, 'train_percent', self.train_percent, 10, 90)
        _check_size(owner, 'val_percent', self.val_percent, 5, 85)
        if self.train_percent + self.val_percent > 95:
            raise ArgumentError(
                f'{owner}.val_percent must leave 5 percent for the test split, got '
                f'{self.val_percent} beside {self.train_percent} for training.'
            )
        _check_size(owner, 'num_classes', self.num_classes, 2, MOST_CLASSES)
        if self.dataset != OWN and self.num_classes != 2:
            raise ArgumentError(
                f'{owner}.num_classes must be 2 for {self.dataset}, got {self.num_classes}.'
            )

    @property
    def is_own(self) -> bool:
        """Whether the points are those of the visitor."""
        return self.dataset == OWN


@dataclass(frozen=True)
class NetworkSettings:
    """A multilayer perceptron and its loss.

    Args:
        hidden_sizes: Width of each hidden layer: at most 6, each at most 256.
        activation: One of `ACTIVATIONS`.
        loss: One of `LOSSES`.
        dropout: Probability of setting a hidden value to zero in training, in [0, 0.9].

    Raises:
        ArgumentError: If an argument is not as described.
    """

    hidden_sizes: tuple[int, ...] = (8,)
    activation: str = 'Tanh'
    loss: str = 'CrossEntropyLoss'
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        owner = 'playground'
        if len(self.hidden_sizes) > MOST_LAYERS:
            raise ArgumentError(
                f'{owner}.hidden_sizes must have at most {MOST_LAYERS} layers, got '
                f'{len(self.hidden_sizes)}.'
            )
        for size in self.hidden_sizes:
            _check_size(owner, 'hidden_sizes', size, 1, MOST_NEURONS)
        check_choice(owner, 'activation', self.activation, ACTIVATIONS)
        check_choice(owner, 'loss', self.loss, LOSSES)
        check_number(owner, 'dropout', self.dropout, 0, 0.9)


@dataclass(frozen=True)
class TrainingSettings:
    """The optimizer, and when training ends.

    Args:
        optimizer: One of `OPTIMIZERS`.
        lr: Learning rate, in [1e-5, 10].
        weight_decay: Factor of the L2 penalty, in [0, 10].
        batch_size: Samples per step, 1 to 1000.
        max_epochs: Epochs at most, 1 to 1000.
        patience: Epochs without a lower validation loss after which training stops; 0 for never.
        seed: Seed of the weights and the order of samples.

    Raises:
        ArgumentError: If an argument is not as described.
    """

    optimizer: str = 'Adam'
    lr: float = 0.01
    weight_decay: float = 0.0
    batch_size: int = 16
    max_epochs: int = 100
    patience: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the arguments."""
        owner = 'playground'
        check_choice(owner, 'optimizer', self.optimizer, OPTIMIZERS)
        check_number(owner, 'lr', self.lr, 1e-5, 10)
        check_number(owner, 'weight_decay', self.weight_decay, 0, 10)
        _check_size(owner, 'batch_size', self.batch_size, 1, 1000)
        _check_size(owner, 'max_epochs', self.max_epochs, 1, 1000)
        _check_size(owner, 'patience', self.patience, 0, 1000)
        _check_size(owner, 'seed', self.seed, 0, 2**31 - 1)


@dataclass(frozen=True)
class Settings:
    """All settings of the 2-D page.

    Args:
        data: The points.
        network: The network and its loss.
        training: The optimizer, and when training ends.
    """

    data: DataSettings = field(default_factory=DataSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)


def hidden_sizes_of(text: str) -> tuple[int, ...]:
    """Return the widths in a text such as '4, 2'; an empty text is no hidden layer.

    Raises:
        ArgumentError: If a part of it is no whole number.
    """
    words = [word.strip() for word in str(text)[:200].split(',') if word.strip()]
    if not all(word.isdecimal() and word.isascii() for word in words):
        raise ArgumentError(
            f"playground.hidden_sizes must be whole numbers, such as '4, 2', got {shorten(text)}."
        )
    return tuple(int(word[:9]) for word in words)


def whole_number(name: str, value: Any) -> int:
    """Return a number of the page, which may come as a float, as an int.

    Raises:
        ArgumentError: If it is no whole number.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or int(value) != value:
        raise ArgumentError(f'playground.{name} must be a whole number, got {shorten(value)}.')
    return int(value)
