"""The norms of gradients at the first step of each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer

Norms = dict[str, float]


class GradientWatch:
    """Reads the norms of the gradients at one step of an epoch, right before the update.

    It registers a hook of the optimizer, which makes each step slower (a seventh of an iteration of
    a small network), and removes it after the step.
    """

    def __init__(self) -> None:
        self.norms: Norms | None = None
        self._handle: Any = None

    def start(self, optimizer: Optimizer, read: Callable[[], Norms]) -> None:
        """Read the norms at the next step, unless those of this epoch are there.

        Args:
            optimizer: Optimizer whose step is awaited.
            read: Function that returns the norms.
        """

        def look(*_: Any) -> None:
            if self.norms is None:
                self.norms = read()

        if self.norms is None and self._handle is None:
            self._handle = optimizer.register_step_pre_hook(look)

    def end_iteration(self) -> None:
        """Remove the hook if it has acted. While it acts, torch does not allow it."""
        if self._handle is not None and self.norms is not None:
            self._handle.remove()
            self._handle = None
