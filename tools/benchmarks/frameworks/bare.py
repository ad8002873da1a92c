"""The loop that everybody writes by hand, with Adam as torch has it by default."""

from __future__ import annotations

from typing import Any

from .task import BATCH_SIZE, LEARNING_RATE, Task


def train(task: Task, **options: Any) -> None:
    """Train; ``options`` are those of Adam."""
    import torch
    import torch.nn.functional as F

    model = task.make_model().train()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **options)
    for _ in range(task.epochs):
        task.begin()
        for chosen in torch.randperm(len(task.labels)).split(BATCH_SIZE):
            loss = F.cross_entropy(model(task.inputs[chosen]), task.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        task.end()
