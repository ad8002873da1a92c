"""`LessonCheckpointHook`: keeps the last and the best checkpoint of a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmlesson.engine.distributed.process_group import barrier
from mmlesson.engine.early_stopping.best_weights import same_weights
from mmlesson.engine.hooks.monitor import Monitor
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import check_int
from mmlesson.registry import HOOKS
from mmlesson.runs.checkpoint import read_checkpoint, write_checkpoint
from mmlesson.utils.atomic_file import copy_file

FINAL = 'final.pth'
"""File of the final weights, if no other checkpoint has them."""

SAVED_NAME = re.compile(r'(epoch|iter)_\d+(_iter_\d+)?\.pth')
"""Names of checkpoints that the hook may delete: those it writes, in the run's folder."""


def best_file(metric: str) -> str:
    """Return the file name of the best checkpoint by a metric."""
    name = re.sub(r'[^\w.-]', '_', metric)
    return f'best_{name}.pth'


@HOOKS.register_module()
class LessonCheckpointHook(Hook):
    """Saves checkpoints at safe points: after training, validation and the decision to stop.

    A new file is complete before an older one is deleted. Every file, including the best, holds all
    that resuming needs. The last epoch, and the one at which a run stops, is always saved.

    Args:
        interval: Number of epochs between two checkpoints; iterations in iteration-based training.
        max_keep: Number of newest checkpoints to keep. One is enough to resume; a second is a
            backup in case the newest is damaged.
        save_best: Name of the validation metric whose best checkpoint is kept too; None for none.
        rule: 'greater' or 'less'; derived from the metric's name if None.

    Raises:
        ArgumentError: If an argument is invalid.
    """

    priority = 'VERY_LOW'

    def __init__(
        self,
        interval: int = 1,
        max_keep: int = 2,
        save_best: str | None = None,
        rule: str | None = None,
    ) -> None:
        owner = type(self).__name__
        check_int(owner, 'interval', interval)
        check_int(owner, 'max_keep', max_keep)
        self.interval = interval
        self.max_keep = max_keep
        self._monitor = Monitor(f'{owner}.save_best', save_best, rule) if save_best else None
        self.best: dict[str, Any] | None = None
        self._saved: list[str] = []
        self._is_best = False
        self._training = False

    def before_train(self, runner: LessonRunnerLike) -> None:
        """Include the resumed checkpoint in those kept, since a signal may have saved it."""
        self._training = True
        source = runner.status.resumed_from
        if source is None or source.resolve().parent != Path(runner.work_dir).resolve():
            return
        if source.name not in self._saved and not source.name.startswith('best_'):
            self._saved.append(source.name)

    def after_val_epoch(
        self, runner: LessonRunnerLike, metrics: dict[str, float] | None = None
    ) -> None:
        """Record whether this validation is the best so far; a tie or NaN is not."""
        if self._monitor is None or not self._training:
            return
        value = self._monitor.value(metrics or {})
        if self._monitor.is_better(value, self.best['value'] if self.best else None):
            metric = self._monitor.metric
            self.best = {
                'metric': metric,
                'value': value,
                'epoch': progress_of(runner)[0],
                'checkpoint': best_file(metric),
            }
            self._is_best = True

    def at_safe_point(self, runner: LessonRunnerLike) -> None:
        """Save a checkpoint if one is due."""
        loop = runner.train_loop
        count, unit = progress_of(runner)
        last = loop.max_epochs if unit == 'epoch' else loop.max_iters
        is_last = count == last or loop.stop_training
        if not (self._is_best or is_last or count % self.interval == 0):
            return
        self._save(runner, f'{"epoch" if unit == "epoch" else "iter"}_{count}.pth')

    def after_train(self, runner: LessonRunnerLike) -> None:
        """Ensure that the final weights of training are stored in a file.

        Early stopping and the perceptron's hook may have changed them after the last checkpoint.
        """
        self._training = False
        if is_main_process() and self._saved:
            runner.status.final = self._final(runner)
        barrier()

    def _final(self, runner: LessonRunnerLike) -> dict[str, Any]:
        work_dir, state = Path(runner.work_dir), runner.bare_model.state_dict()
        epoch = runner.status.restored_epoch or progress_of(runner)[0]
        source = self._newest(work_dir, runner.status.resumed_from)
        saved = read_checkpoint(source)
        here = source.resolve().parent == work_dir.resolve()
        if here and same_weights(state, saved['state_dict']):
            return {'epoch': epoch, 'checkpoint': source.name}
        meta = {**saved['meta'], 'epoch': epoch, 'iter': None}
        weights = {'meta': meta, 'state_dict': state, 'splits': runner.status.splits}
        write_checkpoint(work_dir / FINAL, weights)
        runner.logger.info(f'Saved the final weights, of epoch {epoch}, as {FINAL}')
        return {'epoch': epoch, 'checkpoint': FINAL}

    def _newest(self, work_dir: Path, resumed_from: Path | None) -> Path:
        """Return the newest checkpoint that exists; a resumed run may list files that do not."""
        files = [work_dir / name for name in reversed(self._saved)]
        if resumed_from is not None:
            files.append(resumed_from)
        return next((file for file in files if file.is_file()), files[0])

    def _save(self, runner: LessonRunnerLike, name: str) -> None:
        is_best, self._is_best = self._is_best, False
        # Files to delete are still listed: if killed before, a resumed run deletes them.
        self._saved = [*(saved for saved in self._saved if saved != name), name]
        runner.save_checkpoint(runner.work_dir, name)
        if is_main_process():
            self._tidy(runner, name, is_best)
        barrier()
        self._saved = self._saved[-self.max_keep :]

    def _tidy(self, runner: LessonRunnerLike, name: str, is_best: bool) -> None:
        runner.note_last(name)
        work_dir = Path(runner.work_dir)
        if is_best and self.best is not None:
            copy_file(work_dir / name, work_dir / self.best['checkpoint'])
        for old in self._saved[: -self.max_keep]:
            (work_dir / old).unlink(missing_ok=True)

    def state_dict(self) -> dict[str, Any]:
        """Return the state for resuming, as plain data."""
        return {'best': self.best, 'saved': self._saved}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state from a `state_dict`."""
        self.best = state['best']
        if self.best is not None:  # the config determines the file name, not the checkpoint
            self.best = {**self.best, 'checkpoint': best_file(self.best['metric'])}
        self._saved = [name for name in state['saved'] if SAVED_NAME.fullmatch(str(name))]
