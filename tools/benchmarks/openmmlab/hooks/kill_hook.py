"""`KillHook`: end a training process as a power cut would."""

from __future__ import annotations

import os
import signal
from typing import Any

from mmengine.hooks import Hook
from mmengine.registry import HOOKS


@HOOKS.register_module()
class KillHook(Hook):
    """Kill the process after an iteration of training, without a chance to clean up.

    Args:
        after_iter: Number of iterations, counted from the start of training.
    """

    def __init__(self, after_iter: int) -> None:
        self.after_iter = after_iter

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Kill the process if it is time."""
        if runner.iter + 1 == self.after_iter:
            os.kill(os.getpid(), signal.SIGKILL)
