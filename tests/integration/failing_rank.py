"""Makes one of several processes fail, hang or meet NaN; imported by configs of the tests."""

from __future__ import annotations

import os
import signal
from typing import Any

import torch
from mmengine.hooks import Hook

from mmlesson.registry import HOOKS


@HOOKS.register_module()
class FailingRank(Hook):
    """Does something bad to one rank before an iteration, or after the first validation.

    Args:
        rank: Of the process.
        iteration: From 0.
        how: 'raise', 'nan', 'kill' (SIGKILL), 'hang' (SIGSTOP), or 'hang while others wait'.
    """

    priority = 'LOWEST'

    def __init__(self, rank: int, iteration: int, how: str) -> None:
        self.rank, self.iteration, self.how = rank, iteration, how

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        if (runner.rank, runner.iter) != (self.rank, self.iteration) or ' ' in self.how:
            return
        if self.how == 'raise':
            raise ZeroDivisionError('planted')
        if self.how == 'nan':
            data_batch['inputs'].fill_(torch.nan)
        else:
            kind = signal.SIGKILL if self.how == 'kill' else signal.SIGSTOP
            os.kill(os.getpid(), kind)

    def after_val_epoch(self, runner: Any, metrics: dict[str, float] | None = None) -> None:
        if runner.rank == self.rank and self.how == 'hang while others wait' and runner.epoch == 2:
            os.kill(os.getpid(), signal.SIGSTOP)
