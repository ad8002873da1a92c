"""`Settings`: all that the page of the playground can choose, with its bounds."""

from __future__ import annotations

from dataclasses import dataclass, field

from mmlesson.errors import shorten
from mmlesson.play.mistakes import PageError, require_choice, require_number, require_whole

OWN = 'TableDataset'
DATASETS = ('XOR', 'Moons', 'Circles', 'Spirals', 'Blobs', OWN)
ACTIVATIONS = ('Tanh', 'ReLU', 'Sigmoid', 'Identity', 'LeakyReLU', 'GELU', 'SiLU', 'ELU')
LOSSES = ('CrossEntropyLoss', 'SquaredErrorLoss', 'HingeLoss', 'PerceptronLoss')
OPTIMIZERS = ('SGD', 'Adam', 'AdamW', 'RMSprop', 'Adagrad')
MOST_LAYERS = 6
MOST_NEURONS = 256
MOST_CLASSES = 6
WHOLE_NUMBERS = {
    'num_samples': (40, 2000),
    'train_percent': (10, 90),
    'val_percent': (5, 85),
    'batch_size': (1, 1000),
    'max_epochs': (1, 1000),
    'patience': (0, 1000),
    'seed': (0, 2**31 - 1),
}
"""Smallest and largest value of each setting that is a whole number."""


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
        PageError: If an argument is not as described.
    """

    dataset: str = 'XOR'
    noise: float = 0.2
    num_samples: int = 400
    train_percent: int = 60
    val_percent: int = 20
    num_classes: int = 2

    def __post_init__(self) -> None:
        """Check the arguments."""
        require_choice('dataset', self.dataset, DATASETS)
        require_number('noise', self.noise, 0, 1)
        for name in ('num_samples', 'train_percent', 'val_percent'):
            require_whole(name, getattr(self, name), *WHOLE_NUMBERS[name])
        if self.num_samples % 4:
            raise PageError('multiple', field='num_samples', got=self.num_samples)
        if self.train_percent + self.val_percent > 95:
            raise PageError(
                'no_test', field='val_percent', got=self.val_percent, train=self.train_percent
            )
        require_whole('num_classes', self.num_classes, 2, MOST_CLASSES)
        if self.dataset != OWN and self.num_classes != 2:
            raise PageError('two_classes', dataset=self.dataset, got=self.num_classes)

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
        PageError: If an argument is not as described.
    """

    hidden_sizes: tuple[int, ...] = (8,)
    activation: str = 'Tanh'
    loss: str = 'CrossEntropyLoss'
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        if len(self.hidden_sizes) > MOST_LAYERS:
            raise PageError(
                'layers', field='hidden_sizes', most=MOST_LAYERS, got=len(self.hidden_sizes)
            )
        for size in self.hidden_sizes:
            require_whole('hidden_sizes', size, 1, MOST_NEURONS)
        require_choice('activation', self.activation, ACTIVATIONS)
        require_choice('loss', self.loss, LOSSES)
        require_number('dropout', self.dropout, 0, 0.9)


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
        PageError: If an argument is not as described.
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
        require_choice('optimizer', self.optimizer, OPTIMIZERS)
        require_number('lr', self.lr, 1e-5, 10)
        require_number('weight_decay', self.weight_decay, 0, 10)
        for name in ('batch_size', 'max_epochs', 'patience', 'seed'):
            require_whole(name, getattr(self, name), *WHOLE_NUMBERS[name])


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
        PageError: If a part of it is no whole number.
    """
    words = [word.strip() for word in str(text)[:200].split(',') if word.strip()]
    if not all(word.isdecimal() and word.isascii() for word in words):
        raise PageError('widths', field='hidden_sizes', got=shorten(text))
    return tuple(int(word[:9]) for word in words)
