"""What each framework trains: a network, its data and the clock of the epochs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LESSONS = {'MLP 64-64-10': 'mlp/mlp_digits.py', 'CNN 16-32': 'cnn/cnn_digits.py'}
LEARNING_RATE = 0.003
BATCH_SIZE = 64


@dataclass
class Task:
    """A network and its data.

    Args:
        name: A key of `LESSONS`.
        lesson: Config file of the lesson.
        inputs: Standardised images, (N, 1, 8, 8) float32.
        labels: Classes, (N,) int64.
        epochs: Number of epochs.
        folder: Folder for the files that a framework writes.
        epoch_seconds: Training time of each epoch, which `begin` and `end` add.
    """

    name: str
    lesson: str
    inputs: Any
    labels: Any
    epochs: int
    folder: str
    epoch_seconds: list[float] = field(default_factory=list)
    _began: float = 0.0

    def make_model(self) -> Any:
        """Return a new network from images to logits, in torch."""
        return make_model(self.name)

    def begin(self, *_: Any, **__: Any) -> None:
        """Note that an epoch of training begins. Frameworks call it with arguments of their own."""
        self._began = time.perf_counter()

    def end(self, *_: Any, **__: Any) -> None:
        """Note that the last batch of an epoch has been trained."""
        self.epoch_seconds.append(time.perf_counter() - self._began)

    def seconds_per_iteration(self, train: Callable[[Task], None]) -> float:
        """Train from the start; return the mean over all epochs but the first, which warms up."""
        self.epoch_seconds.clear()
        train(self)
        if len(self.epoch_seconds) != self.epochs:
            raise RuntimeError(f'{len(self.epoch_seconds)} of {self.epochs} epochs were timed.')
        steps = -(-len(self.labels) // BATCH_SIZE)
        return sum(self.epoch_seconds[1:]) / (self.epochs - 1) / steps


def make_model(name: str) -> Any:
    """Return the network of a key of `LESSONS`."""
    return _cnn() if name.startswith('CNN') else _mlp()


def _mlp() -> Any:
    from torch import nn

    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def _cnn() -> Any:
    from torch import nn

    layers: list[Any] = []
    for inner, outer in ((1, 16), (16, 32)):
        layers.append(nn.Conv2d(inner, outer, 3, padding=1, bias=False))
        layers += [nn.BatchNorm2d(outer), nn.ReLU(), nn.MaxPool2d(2)]
    dense = [nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10)]
    return nn.Sequential(*layers, *dense)


def make_task(name: str, configs: Any, epochs: int, folder: str) -> Task:
    """Return a task with the training split of the digits, standardised.

    Raises:
        RuntimeError: If the network has not as many weights as that of the lesson.
    """
    import torch

    from mmlesson.apis.analysis.build import build_model
    from mmlesson.config import load_config
    from mmlesson.datasets import Digits

    lesson = str(configs / LESSONS[name])
    dataset = Digits(split='train')
    batch = dataset.__getitems__(list(range(len(dataset))))
    inputs = batch['inputs'].float()
    inputs = (inputs - inputs.mean()) / inputs.std()
    task = Task(name, lesson, inputs.view(-1, 1, 8, 8), batch['labels'], epochs, folder)
    theirs = build_model(load_config(lesson))
    counts = [sum(map(torch.numel, net.parameters())) for net in (task.make_model(), theirs)]
    if counts[0] != counts[1]:
        raise RuntimeError(f'{name} has {counts[0]} weights, {lesson} {counts[1]}.')
    return task
