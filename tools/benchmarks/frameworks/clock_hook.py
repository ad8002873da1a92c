"""Hook that times the epochs of a runner of mmengine."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook

from .task import Task


class ClockHook(Hook):
    """Time the epochs: from before all other hooks of an epoch to the end of its last batch."""

    priority = 'HIGHEST'

    def __init__(self, task: Task) -> None:
        self.task = task

    def before_train_epoch(self, runner: Any) -> None:
        """Start the clock."""
        self.task.begin()

    def after_train_epoch(self, runner: Any) -> None:
        """Stop the clock."""
        self.task.end()
