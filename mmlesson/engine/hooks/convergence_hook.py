"""`ConvergenceHook`: stops training when a training metric reaches zero."""

from __future__ import annotations

from mmengine.hooks import Hook

from mmlesson.engine.hooks.monitor import Monitor
from mmlesson.engine.run_status import progress_of, require_epochs, status_of
from mmlesson.engine.runner_protocol import RunnerLike
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
        self._monitor = Monitor('ConvergenceHook.monitor', monitor, 'less')

    def before_train(self, runner: RunnerLike) -> None:
        """Refuse training without epochs: an interval may not see each sample."""
        require_epochs('ConvergenceHook', runner)

    def after_train_epoch(self, runner: RunnerLike) -> None:
        """Stop if the epoch that just ended had none."""
        status = status_of(runner)
        if self._monitor.value(status.train_metrics, 'training') == 0:
            epoch = progress_of(runner)[0] + 1  # the loop counts this epoch only after this stage
            message = f'no {self._monitor.metric} in epoch {epoch}: converged'
            status.request_stop('converged', message, epoch)
