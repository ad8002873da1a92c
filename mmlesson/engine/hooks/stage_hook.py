"""`StageHook`: what our hooks need in mmengine's own runner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop
from torch import nn

from mmlesson.datasets.split_conflicts import describe_split
from mmlesson.engine.hooks.status_hook import StatusHook
from mmlesson.engine.run_status import progress_of, status_of
from mmlesson.engine.runner_protocol import RunnerLike
from mmlesson.engine.summary import summarize
from mmlesson.engine.train_metrics import TrainMeter
from mmlesson.engine.training_state import stateful_hooks
from mmlesson.runs.summary import write_summary

STATE = 'mmlesson_hooks'
"""Key of the states of hooks in a checkpoint of mmengine's runner."""


class StageHook(StatusHook):
    """Calls the stages that our loops add to mmengine's, and saves the states of hooks.

    `adopt` registers it in a runner of mmengine. The safe point, at which the state of a run is
    complete, is the start of the next epoch or iteration there, or the end of training. A
    checkpoint that mmengine's ``CheckpointHook`` saves at the end of an epoch precedes its
    validation, so that a resumed run does not know the result of that validation.

    The hook does not lock the work_dir: when it is registered, mmengine's runner has created the
    log there already. ``train.py`` locks it before it builds any runner; a script that calls
    ``Runner.train`` itself gives each run its own folder.
    """

    def __init__(self) -> None:
        self._meter = TrainMeter()
        self._is_due = False

    def before_train(self, runner: Any) -> None:
        """Describe the data."""
        loaders = {'train': runner.train_dataloader}
        if runner.val_loop is not None:
            loaders['val'] = runner.val_dataloader
        runner.dataset_meta = getattr(loaders['train'].dataset, 'metainfo', None)
        for name, loader in loaders.items():
            status_of(runner).splits[name] = describe_split(loader.dataset)

    def before_train_iter(self, runner: RunnerLike, batch_idx: int, data_batch: Any = None) -> None:
        """Call the safe point of the epoch or iteration before."""
        self._call_safe_point(runner)

    def after_train_iter(
        self, runner: RunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Add the losses of a step to the training metrics."""
        self._meter.update(outputs or {}, _batch_size(data_batch))
        self._is_due = self._is_due or progress_of(runner)[1] == 'iteration'

    def after_train_epoch(self, runner: RunnerLike) -> None:
        """Compute the training metrics of an epoch."""
        if progress_of(runner)[1] == 'epoch':
            self._end_interval(runner)
            self._is_due = True

    def before_val_epoch(self, runner: RunnerLike) -> None:
        """Compute the training metrics of the iterations since the last validation."""
        if self._meter.samples:
            self._end_interval(runner)

    def after_train(self, runner: RunnerLike) -> None:
        """Call the last safe point."""
        if self._meter.samples:
            self._end_interval(runner)
        self._call_safe_point(runner)

    def after_run(self, runner: Any) -> None:
        """Write the summary of a training, and call the last stage."""
        if is_main_process() and isinstance(runner._train_loop, BaseLoop):
            status = 'early_stopped' if status_of(runner).stop else 'completed'
            write_summary(Path(runner.work_dir), summarize(runner, status))
        runner.call_hook('at_end')

    def before_save_checkpoint(self, runner: RunnerLike, checkpoint: dict[str, Any]) -> None:
        """Add the states of hooks to a checkpoint."""
        states = {name: hook.state_dict() for name, hook in stateful_hooks(runner.hooks).items()}
        checkpoint[STATE] = states

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Load the states of hooks when a run is resumed, not when weights alone are loaded."""
        states = checkpoint.get(STATE, {}) if runner._resume else {}
        for name, hook in stateful_hooks(runner.hooks).items():
            if name in states:
                hook.load_state_dict(states[name])

    def _end_interval(self, runner: RunnerLike) -> None:
        status_of(runner).train_metrics = self._meter.compute()
        self._meter = TrainMeter()
        runner.call_hook('at_train_metrics')

    def _call_safe_point(self, runner: RunnerLike) -> None:
        if self._is_due:
            self._is_due = False
            runner.call_hook('at_safe_point')


class StagedHook(Hook):
    """Base of hooks that use the stages of our loops, and that are saved; for any runner."""

    def before_run(self, runner: RunnerLike) -> None:
        """Prepare a runner of mmengine."""
        adopt(runner)

    def after_load_checkpoint(self, runner: RunnerLike, checkpoint: dict[str, Any]) -> None:
        """Prepare a runner that loads before it runs: mmengine's ``FlexibleRunner``."""
        registered = adopt(runner)
        if registered is not None:
            registered.after_load_checkpoint(runner, checkpoint)


def is_adopted(runner: Any) -> bool:
    """Return whether a runner is mmengine's, and `adopt` has prepared it."""
    return any(isinstance(hook, StageHook) for hook in getattr(runner, 'hooks', ()))


def adopt(runner: Any) -> StageHook | None:
    """Give a runner of mmengine what our hooks need.

    That is a `StageHook`, a `RunStatus`, and attributes of `LessonRunner` that hooks read.

    Returns:
        The hook, or None if the runner is ours or has one.
    """
    is_ours = hasattr(runner, 'note_last')
    if is_ours or is_adopted(runner) or not hasattr(runner, 'register_hook'):
        return None
    status_of(runner)
    runner.bare_model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    runner.device = _device_of(runner.bare_model)
    runner.dataset_meta = None
    runner.interrupted_by = None
    runner._hooks = list(runner._hooks)  # mmengine is iterating over the present list
    hook = StageHook()
    runner.register_hook(hook)
    return hook


def _batch_size(batch: Any) -> int:
    """Return the number of samples in a batch of any toolbox: the length of its first entry."""
    return len(next(iter(batch.values())) if isinstance(batch, Mapping) else batch)


def _device_of(model: nn.Module) -> torch.device:
    """Return the device of a model's parameters; the CPU if it has none."""
    parameter = next(model.parameters(), None)
    return torch.device('cpu') if parameter is None else parameter.device
