"""`StatusHook`: stores validation and test metrics before the other hooks run."""

from __future__ import annotations

from mmengine.hooks import Hook

from mmlesson.engine.run_status import status_of
from mmlesson.engine.runner_protocol import RunnerLike
from mmlesson.registry import HOOKS


@HOOKS.register_module()
class StatusHook(Hook):
    """Stores the metrics of the last validation and test in ``runner.status``.

    It runs first, so that all other hooks of the same stage find the new metrics there.
    `LessonRunner` always registers it.
    """

    priority = 'HIGHEST'

    def after_val_epoch(self, runner: RunnerLike, metrics: dict[str, float] | None = None) -> None:
        """Store the metrics of this validation."""
        status_of(runner).val_metrics = dict(metrics or {})

    def after_test_epoch(self, runner: RunnerLike, metrics: dict[str, float] | None = None) -> None:
        """Store the metrics of this test."""
        status_of(runner).test_metrics = dict(metrics or {})
