"""`StatusHook`: stores what validation and test report, before the other hooks run."""

from __future__ import annotations

from mmengine.hooks import Hook

from mmlesson.engine.run_status import status_of
from mmlesson.engine.runner_protocol import RunnerLike
from mmlesson.registry import HOOKS


@HOOKS.register_module()
class StatusHook(Hook):
    """Keeps the metrics of the last validation and test in ``runner.status``.

    It comes first, so that every other hook of the same stage finds the new metrics there.
    `LessonRunner` always registers it.
    """

    priority = 'HIGHEST'

    def after_val_epoch(self, runner: RunnerLike, metrics: dict[str, float] | None = None) -> None:
        """Store the metrics of this validation."""
        status_of(runner).val_metrics = dict(metrics or {})

    def after_test_epoch(self, runner: RunnerLike, metrics: dict[str, float] | None = None) -> None:
        """Store the metrics of this test."""
        status_of(runner).test_metrics = dict(metrics or {})
