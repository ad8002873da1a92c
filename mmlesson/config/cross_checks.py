"""Checks that involve several parts of a config: schedule length, monitors, class counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.data_checks import (
    check_batches,
    check_classes,
    check_input_shape,
    check_last_batch,
    check_topk,
)
from mmlesson.config.issues import Issue
from mmlesson.config.loss_checks import check_losses
from mmlesson.config.metric_checks import check_monitors, check_task_metrics
from mmlesson.config.optimizer_checks import check_clip_grad, check_loss_scale, check_paramwise
from mmlesson.config.runner_checks import (
    check_closure,
    check_complete,
    check_environment,
    check_loaders,
    check_schedule_hooks,
)
from mmlesson.config.schedule_checks import (
    check_finite_sampler,
    check_schedules,
    check_validation_start,
)


def cross_checks(tree: ConfigTree) -> Iterator[Issue]:
    """Yield contradictions between parts of a config; unknown cases pass.

    Args:
        tree: Components of the config; their types and arguments may be wrong.
    """
    for check in _CHECKS:
        try:
            yield from check(tree)
        except (TypeError, ValueError, AttributeError, KeyError):
            continue  # a value of the wrong type is reported by another check


_CHECKS: tuple[Callable[[ConfigTree], Iterator[Issue]], ...] = (
    check_complete,
    check_monitors,
    check_task_metrics,
    check_schedules,
    check_schedule_hooks,
    check_validation_start,
    check_classes,
    check_topk,
    check_input_shape,
    check_losses,
    check_loaders,
    check_batches,
    check_last_batch,
    check_closure,
    check_clip_grad,
    check_loss_scale,
    check_paramwise,
    check_environment,
    check_finite_sampler,
)
