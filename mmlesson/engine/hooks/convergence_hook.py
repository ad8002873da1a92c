"""Ends training when there is nothing left to learn from."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook

from mmlesson.errors import UserError, did_you_mean
from mmlesson.registry import HOOKS


@HOOKS.register_module()
class ConvergenceHook(Hook):
    """Stops after an epoch in which a training metric was exactly zero.

    Why it is here: the perceptron changes only when it makes a mistake. An epoch without one means
    that no later epoch can change anything (Novikoff 1962 proves that it comes on separable data).

    Args:
        monitor: Name of the training metric that must reach zero.
    """

    def __init__(self, monitor: str = 'mistakes') -> None:
        self.monitor = monitor

    def after_train_epoch(self, runner: Any) -> None:
        """Stop if the epoch that just ended had none."""
        metrics = runner.train_metrics
        if self.monitor not in metrics:
            raise UserError(
                f'ConvergenceHook.monitor {self.monitor!r} is no training metric; there are: '
                f'{", ".join(map(repr, metrics))}.{did_you_mean(self.monitor, metrics)}'
            )
        if metrics[self.monitor] == 0:
            epoch = runner.epoch + 1  # the loop counts this epoch only after this stage
            message = f'no {self.monitor} in epoch {epoch}: converged'
            runner.stop = {'reason': 'converged', 'message': message, 'epoch': epoch}
            runner.train_loop.stop_training = True
            runner.logger.info(message)
