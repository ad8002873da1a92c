"""`RunStatus`: the state of a run during training, and requests to stop it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.runner import IterBasedTrainLoop

from mmlesson.errors import UserError


@dataclass
class RunStatus:
    """State shared by the loops, hooks and summary of a run.

    Use `status_of` to get it from any mmengine runner.

    Args:
        runner: Runner of the run.

    Attributes:
        train_metrics: Means over samples of the last training epoch (of the iterations since
            the last validation, in iteration-based training), e.g. 'accuracy/top1' in percent.
        val_metrics: What the last validation reported.
        test_metrics: What the test reported, or None.
        stop: Why training ended before its last epoch (reason, message, epoch), or None.
        final: Epoch and checkpoint of the weights that training ended with, or None.
        restored_epoch: Epoch whose weights the model ended with, if they are not the last epoch's.
        restored_update: Update of a perceptron, within that epoch, after which it had these
            weights (its pocket), or None: the weights are those at the end of the epoch.
        restored_val: What validating the restored weights reported, if no epoch ended with them.
        resumed_from: Checkpoint that training was resumed from, or None.
        facts: Results of hooks by name, as plain data for ``summary.json``.
        splits: Size, SHA-256 and source of each split of the data, by name.
        failure: The exception that ended the run, or None.
    """

    runner: Any = field(repr=False)
    train_metrics: dict[str, float] = field(default_factory=dict)
    val_metrics: dict[str, float] = field(default_factory=dict)
    test_metrics: dict[str, float] | None = None
    stop: dict[str, Any] | None = None
    final: dict[str, Any] | None = None
    restored_epoch: int | None = None
    restored_update: int | None = None
    restored_val: dict[str, float] | None = None
    resumed_from: Path | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    failure: Exception | None = None

    def request_stop(self, reason: str, message: str, epoch: int) -> None:
        """Stop training after the current epoch (iteration), and record and log the reason.

        Args:
            reason: 'patience', 'stopping_threshold', 'divergence', 'non_finite', 'converged' or
                'inseparable'.
            message: Explanation for the log.
            epoch: Epoch, or iteration in iteration-based training, of the decision.
        """
        self.stop = {'reason': reason, 'message': message, 'epoch': epoch}
        self.runner.train_loop.stop_training = True
        _, unit = progress_of(self.runner)
        self.runner.logger.info(f'Stopping at {unit} {epoch}: {message}')


def status_of(runner: Any) -> RunStatus:
    """Return the status of a runner; for a runner of mmengine, create it at the first call."""
    status = getattr(runner, 'status', None)
    if not isinstance(status, RunStatus):
        status = runner.status = RunStatus(runner)
    return status


def progress_of(runner: Any) -> tuple[int, str]:
    """Return the number of finished epochs and 'epoch', or of iterations and 'iteration'."""
    if isinstance(runner.train_loop, IterBasedTrainLoop):
        return int(runner.train_loop.iter), 'iteration'
    return int(runner.train_loop.epoch), 'epoch'


def require_epochs(owner: str, runner: Any) -> None:
    """Check that training is epoch-based, for a hook that needs all training samples.

    Raises:
        UserError: If training is iteration-based.
    """
    if progress_of(runner)[1] != 'epoch':
        raise UserError(
            f'{owner} counts over whole epochs, so training must be epoch-based, got '
            f'{type(runner.train_loop).__name__}. Set train_cfg=dict(by_epoch=True, max_epochs=...)'
            ', or remove the hook.'
        )
