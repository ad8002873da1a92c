"""Skorch as its documentation shows it: NeuralNetClassifier; it prints a line per epoch."""

from __future__ import annotations

import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback

from .task import BATCH_SIZE, LEARNING_RATE, Task


class Clock(Callback):
    """Time the epochs; without validation, the end of an epoch follows its last batch."""

    def __init__(self, task: Task) -> None:
        self.on_epoch_begin, self.on_epoch_end = task.begin, task.end


def train(task: Task) -> None:
    """Train."""
    net = NeuralNetClassifier(
        task.make_model(),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        max_epochs=task.epochs,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[('clock', Clock(task))],
    )
    net.fit(task.inputs, task.labels)
