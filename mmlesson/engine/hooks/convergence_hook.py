"""`ConvergenceHook`: stops training when a training metric reaches zero."""

from __future__ import annotations

from mmengine.hooks import Hook

from mmlesson.engine.hooks.monitor import Monitor
from mmlesson.engine.run_status import progress_of, require_epochs, status_of
from mmlesson.engine.runner_protocol import RunnerLike
from mmlesson.registry import HOOKS


@HOOKS.register_module()
class ConvergenceHook(Hook):
    """Stops training after an epoch in which a training metric was exactly zero.

    Why it is here: the perceptron changes only when it makes a mistake. After an epoch without a
    mistake, no later epoch changes anything (Novikoff 1962: on separable data this always happens).

    Args:
        monitor: Name of the training metric.
    """

    def __init__(self, monitor: str = 'mistakes') -> None:
        self._monitor = Monitor('ConvergenceHook.monitor', monitor, 'less')

    def before_train(self, runner: RunnerLike) -> None:
        """Refuse iteration-based training: its intervals may not cover all samples."""
        require_epochs('ConvergenceHook', runner)

    def after_train_epoch(self, runner: RunnerLike) -> None:
        """Stop if the metric was zero in the epoch that just ended."""
        status = status_of(runner)
        if self._monitor.value(status.train_metrics, 'training') == 0:
            epoch = progress_of(runner)[0] + 1  # the loop increments its counter after this stage
            message = f'no {self._monitor.metric} in epoch {epoch}: converged'
            status.request_stop('converged', message, epoch)
