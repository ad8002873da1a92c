"""`ProgressHook`: progress bar, log lines and recorded scalars."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

from mmengine.dist import is_main_process
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mmlesson.engine import screen
from mmlesson.engine.hooks.stage_hook import StagedHook, is_adopted
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import check_int
from mmlesson.registry import HOOKS

REFRESH_SECONDS = 0.1


@HOOKS.register_module()
class ProgressHook(StagedHook):
    """Logs each epoch in one line, and writes its metrics to the visualizer's back ends.

    On a terminal, a run shows its lesson, model and data, a progress bar, and a short line per
    epoch; with ``verbose=True`` in the config, or without a terminal, the lines of the log.

    Scalars are named 'train/…', 'val/…' and 'test/…'. Their step is the iteration, and the epoch is
    recorded too, so training and validation share an axis (mmengine 0.10.7, hooks/
    logger_hook.py:199, uses iterations for training and epochs for validation).

    Args:
        interval: Number of iterations between two log lines within an epoch.
    """

    priority = 'BELOW_NORMAL'

    def __init__(self, interval: int = 200) -> None:
        check_int(type(self).__name__, 'interval', interval)
        self.interval = interval
        self._progress: Progress | None = None
        self._task: Any = None
        self._drawn = 0.0
        self._train_line = ''
        self._val: Mapping[str, Any] | None = None
        self._lr: float | None = None  # of the last step, before a scheduler changed it

    def before_train(self, runner: LessonRunnerLike) -> None:
        """Start the progress bar if the output is a terminal."""
        if not (is_main_process() and sys.stdout.isatty()):
            return
        if _is_quiet(runner):
            screen.print_rows(screen.introduction(runner))
        self._progress = Progress(
            TextColumn('{task.description}'),
            BarColumn(),
            TextColumn('{task.fields[state]}'),
            TimeRemainingColumn(),
            console=Console(),
            transient=True,
        )
        total = runner.max_iters
        self._task = self._progress.add_task('training', total=total, state='')
        self._progress.start()
        _redirect(runner.logger, sys.__stdout__, sys.stdout)

    def after_train_iter(
        self, runner: LessonRunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Record the learning rate, update the progress bar, and log a line every ``interval``."""
        self._lr = _learning_rate(runner)
        if self._progress is not None and time.perf_counter() - self._drawn > REFRESH_SECONDS:
            self._draw(self._progress, runner, batch_idx, outputs)
        if (batch_idx + 1) % self.interval == 0 and not is_adopted(runner):
            self._log_step(runner, batch_idx)

    def at_train_metrics(self, runner: LessonRunnerLike) -> None:
        """Store the training half of the log line, and write the training scalars."""
        metrics = {f'train/{name}': value for name, value in runner.status.train_metrics.items()}
        metrics['train/lr'] = _learning_rate(runner) if self._lr is None else self._lr
        self._write(runner, metrics)
        self._train_line = f'train {_listed(runner.status.train_metrics)}'

    def after_val_epoch(
        self, runner: LessonRunnerLike, metrics: dict[str, float] | None = None
    ) -> None:
        """Write the scalars of a validation, and complete the log line."""
        named = {f'val/{name}': value for name, value in (metrics or {}).items()}
        self._write(runner, named)
        self._val = metrics
        self._train_line += f' | val {_listed(metrics or {})}'

    def after_test_epoch(
        self, runner: LessonRunnerLike, metrics: dict[str, float] | None = None
    ) -> None:
        """Write and log the scalars of a test."""
        self._write(runner, {f'test/{name}': value for name, value in (metrics or {}).items()})
        runner.logger.info('test %s', _listed(metrics or {}))
        if _is_quiet(runner) and runner.status.final is None:  # training ends with a conclusion
            self._print(screen.epoch_line('test', metrics or {}, None, Console().width))

    def at_safe_point(self, runner: LessonRunnerLike) -> None:
        """Log the line of the epoch after training and validation."""
        if not self._train_line:
            return
        seconds = getattr(runner.train_loop, 'train_seconds', None)  # mmengine's loops have none
        time_taken = '' if seconds is None else f'  ({seconds:.1f} s)'
        runner.logger.info(f'{_position(runner)}  {self._train_line}{time_taken}')
        if _is_quiet(runner):
            place, train = _position(runner), runner.status.train_metrics
            self._print(screen.epoch_line(place, train, self._val, Console().width))
        self._train_line, self._val = '', None

    def at_end(self, runner: LessonRunnerLike) -> None:
        """Remove the progress bar and restore the terminal, even if the run failed."""
        if self._progress is not None:
            _redirect(runner.logger, sys.stdout, sys.__stdout__)
            self._progress.stop()
            self._progress = None

    def state_dict(self) -> dict[str, Any]:
        """Return the learning rate of the last step, which a scheduler may have changed since."""
        return {'lr': self._lr}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
        self._lr = state['lr']

    def _draw(
        self, progress: Progress, runner: LessonRunnerLike, batch_idx: int, outputs: Any
    ) -> None:
        self._drawn = time.perf_counter()
        loss = outputs['loss'] if outputs and 'loss' in outputs else float('nan')
        loss = loss.item() if hasattr(loss, 'item') else loss  # float() of the tensor would warn
        seen = _listed(runner.status.val_metrics)
        state = f'batch {batch_idx + 1}, loss {loss:.4f}' + (f', val {seen}' if seen else '')
        state = f'loss {loss:.4f}' if _is_quiet(runner) else state
        progress.update(
            self._task,
            completed=runner.iter + 1,
            description=_position(runner, started=1),
            state=state,
        )

    def _print(self, line: str) -> None:
        console = Console() if self._progress is None else self._progress.console
        console.print(line, markup=False, highlight=False)

    def _log_step(self, runner: LessonRunnerLike, batch_idx: int) -> None:
        runner.train_loop.check_finite()
        metrics = runner.train_loop.meter.compute()
        runner.logger.info(
            '%s, batch %d: %s so far',
            _position(runner, started=1),
            batch_idx + 1,
            _listed(metrics),
        )

    def _write(self, runner: LessonRunnerLike, metrics: dict[str, float]) -> None:
        scalars = {key: value for key, value in metrics.items() if isinstance(value, int | float)}
        place = {'epoch': runner.epoch, 'iter': runner.iter}
        runner.visualizer.add_scalars({**place, **scalars}, runner.iter)


def _is_quiet(runner: Any) -> bool:
    """Return whether the log is not printed; a runner of mmengine always prints it."""
    return bool(getattr(runner, 'is_quiet', False))


def _position(runner: LessonRunnerLike, started: int = 0) -> str:
    """Return 'epoch 3/10' or 'iteration 30/100'; use ``started=1`` within an epoch."""
    count, unit = progress_of(runner)
    last = runner.max_epochs if unit == 'epoch' else runner.max_iters
    return f'{unit} {count + started}/{last}'


def _learning_rate(runner: LessonRunnerLike) -> float:
    return float(runner.optim_wrapper.get_lr()['lr'][0])


def _listed(metrics: dict[str, Any]) -> str:
    """Return 'loss 0.1234, accuracy/top1 97.50'; values that are not numbers are left out."""
    return ', '.join(
        f'{name} {value:.4g}' for name, value in metrics.items() if isinstance(value, int | float)
    )


def _redirect(logger: logging.Logger, old: Any, new: Any) -> None:
    """Print log lines above the progress bar instead of through it."""
    for handler in logger.handlers:
        if type(handler) is logging.StreamHandler and handler.stream in (old, sys.__stderr__):
            handler.setStream(new)
