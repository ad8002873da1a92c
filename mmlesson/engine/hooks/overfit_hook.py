"""`OverfitHook`: checks whether a model can overfit a few batches."""

from __future__ import annotations

from mmengine.hooks import Hook

from mmlesson.engine.run_status import progress_of, status_of
from mmlesson.engine.runner_protocol import RunnerLike
from mmlesson.errors import check_int
from mmlesson.registry import HOOKS

NEARLY_NOTHING = 0.05
"""Mean loss per sample; for cross-entropy, the correct class has a probability of 95 %."""


@HOOKS.register_module()
class OverfitHook(Hook):
    """Checks each validation on the training batches, and stops when they are overfitted.

    Why it is here: a model that cannot overfit a few samples has a defect (mixed-up labels, a layer
    without a gradient, a learning rate far off) that more data will not fix.

    The batches are overfitted when the loss is at most `NEARLY_NOTHING` and the accuracy is 100 %,
    if both are reported. The result is stored in ``runner.status.facts['overfit']``.

    Args:
        batches: Number of training batches.
    """

    def __init__(self, batches: int) -> None:
        check_int('OverfitHook', 'batches', batches)
        self.batches = batches
        self._judged_at: int | None = None

    def after_val_epoch(self, runner: RunnerLike, metrics: dict[str, float] | None = None) -> None:
        """Record the result, and stop if the batches are overfitted."""
        self._judged_at = runner.iter
        found = {
            n: v for n in ('loss', 'accuracy/top1') if (v := (metrics or {}).get(n)) is not None
        }
        learned = (
            bool(found)
            and found.get('loss', 0.0) <= NEARLY_NOTHING
            and found.get('accuracy/top1', 100.0) == 100.0
        )
        status = status_of(runner)
        status.facts['overfit'] = {'batches': self.batches, 'learned': learned, **found}
        if learned:
            message = f'the model overfits {self.batches} batch(es)'
            status.request_stop('converged', message, progress_of(runner)[0])

    def after_train(self, runner: RunnerLike) -> None:
        """Validate the final weights, if another hook stopped training between validations."""
        if self._judged_at != runner.iter:
            runner.val_loop.run()
