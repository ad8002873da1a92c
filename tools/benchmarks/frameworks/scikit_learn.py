"""MLPClassifier of scikit-learn: the equations in NumPy, without autograd."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier

from .task import BATCH_SIZE, LEARNING_RATE, Task

TASKS = ('MLP 64-64-10',)


def train(task: Task) -> None:
    """Train; an epoch is a call of ``partial_fit``, which shuffles."""
    model = MLPClassifier((64,), alpha=0, batch_size=BATCH_SIZE, learning_rate_init=LEARNING_RATE)
    inputs, labels = task.inputs.flatten(1).numpy(), task.labels.numpy()
    for _ in range(task.epochs):
        task.begin()
        model.partial_fit(inputs, labels, classes=np.arange(10))
        task.end()
