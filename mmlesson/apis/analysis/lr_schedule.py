"""Learning rate and momentum at each step of a run, computed without training."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.optim import ReduceOnPlateauParamScheduler

from mmlesson.apis.analysis.build import build_silent_runner, scratch_folder
from mmlesson.apis.analysis.limit_batches import is_by_epoch
from mmlesson.errors import UserError


@dataclass
class Schedule:
    """Learning rate and momentum before each step of a run.

    Args:
        steps_per_epoch: Number of iterations per epoch.
        by_epoch: Whether the run is measured in epochs, not in iterations.
        panels: Values per parameter group of 'learning rate', and of 'momentum' if it changes.
        waits: Whether a scheduler depends on validation results and is therefore left out.
    """

    steps_per_epoch: int
    by_epoch: bool
    panels: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    waits: bool = False

    @property
    def steps(self) -> list[float]:
        """Time of each step, in epochs or in iterations."""
        count = len(next(iter(self.panels['learning rate'].values())))
        return [i / self.steps_per_epoch if self.by_epoch else i for i in range(count)]


def foresee_schedule(config: Config) -> Schedule:
    """Return the schedule of a complete run of a config.

    Args:
        config: A config as `load_config` returns it.

    Raises:
        UserError: If the config has no optimizer, or more than one.
    """
    with scratch_folder() as folder:
        by_epoch = is_by_epoch(config)
        runner = build_silent_runner(config, folder)
        loop = runner.train_loop
        wrapper = runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
        if not hasattr(wrapper, 'optimizer'):
            raise UserError(
                'A schedule can be drawn for one optimizer only; the config has several.'
            )
        runner.scale_lr(wrapper, runner.auto_scale_lr)
        schedulers = runner.build_param_scheduler(runner.param_schedulers or [])
        foreseen = [s for s in schedulers if not isinstance(s, ReduceOnPlateauParamScheduler)]
        waits = len(foreseen) < len(schedulers)
        schedule = Schedule(len(loop.dataloader) if by_epoch else 1, by_epoch, {}, waits)
        with warnings.catch_warnings():
            # The optimizer makes no step, because there are no gradients.
            warnings.filterwarnings('ignore', 'Detected call of `scheduler.step', UserWarning)
            _walk(wrapper.optimizer, foreseen, loop.max_iters, schedule)
    momenta = schedule.panels.get('momentum') or {}
    if all(len(set(values)) == 1 for values in momenta.values()):
        schedule.panels.pop('momentum', None)
    return schedule


def _walk(optimizer: Any, schedulers: list[Any], steps: int, schedule: Schedule) -> None:
    """Step as mmengine's ``ParamSchedulerHook`` does, and record the options before each step."""
    groups = _different_groups(optimizer)
    for step in range(1, steps + 1):
        for name, group in groups.items():
            for quantity, value in _options(group).items():
                schedule.panels.setdefault(quantity, {}).setdefault(name, []).append(value)
        ends_epoch = schedule.by_epoch and step % schedule.steps_per_epoch == 0
        for scheduler in schedulers:
            if not scheduler.by_epoch or ends_epoch:
                scheduler.step()


def _different_groups(optimizer: Any) -> dict[str, Any]:
    """Return one parameter group for each distinct set of options."""
    kinds: dict[Any, Any] = {}
    for group in optimizer.param_groups:
        kinds.setdefault(tuple(_options(group).items()), group)
    return {f'group {number}': group for number, group in enumerate(kinds.values())}


def _options(group: dict[str, Any]) -> dict[str, float]:
    momentum = group.get('momentum', (group.get('betas') or [0])[0])
    return {'learning rate': group['lr'], **({'momentum': momentum} if momentum else {})}


def draw_config_schedule(config: Config, file: Path) -> Path:
    """Draw the schedule of a config and return the path of the figure.

    Args:
        config: Config of a training.
        file: New .png or .svg file.
    """
    from mmlesson.visualization import draw_schedule, save_figure

    name = Path(config.filename).stem
    schedule = foresee_schedule(config)
    note = '\n(without a scheduler that depends on validation results)' if schedule.waits else ''
    figure = draw_schedule(
        schedule.steps,
        schedule.panels,
        step_label='epoch' if schedule.by_epoch else 'iteration',
        title=f'{name}: schedule{note}',
    )
    return save_figure(figure, file, [file.suffix[1:]])[0]
