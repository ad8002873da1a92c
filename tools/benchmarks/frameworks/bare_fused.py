"""The loop that everybody writes by hand, with fused Adam."""

from __future__ import annotations

from .bare import train as train_bare
from .task import Task


def train(task: Task) -> None:
    """Train."""
    train_bare(task, fused=True)
