"""`LessonCheckpointHook`: keeps the last and the best checkpoint of a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process

from mmlesson.engine.distributed.process_group import barrier
from mmlesson.engine.early_stopping.best_weights import same_weights
from mmlesson.engine.hooks.monitor import Monitor
from mmlesson.engine.hooks.stage_hook import StagedHook, is_adopted
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import check_int
from mmlesson.registry import HOOKS
from mmlesson.runs.checkpoint import LAST, CheckpointError, read_checkpoint, write_checkpoint
from mmlesson.utils.atomic_file import copy_file, write_text

FINAL = 'final.pth'
"""Weights that training ended with, if no other checkpoint has them."""

SAVED_NAME = re.compile(r'(epoch|iter)_\d+(_iter_\d+)?\.pth')
"""Names of checkpoints that the hook may remove: those it writes, in the run's folder."""


def best_file(metric: str) -> str:
    """Return the file name of the best checkpoint by a metric."""
    name = re.sub(r'[^\w.-]', '_', metric)
    return f'best_{name}.pth'


@HOOKS.register_module()
class LessonCheckpointHook(StagedHook):
    """Saves at safe points: after training, validation and the decision to stop.

    Every file is written whole before an older one goes; each holds all that resuming needs, the
    best one too. The last epoch, and the one at which a run stops, is always saved. In mmengine's
    own runner the checkpoints are mmengine's, saved after validation.

    Among epochs with the same best metric, the one with the lowest validation loss is the best, if
    a 'loss' is reported; otherwise the first one. Accuracy on a small split has many ties:
    ``cnn_digits`` reaches its best on 362 samples in several epochs in 10 of 20 seeds, and the
    first of them tests 98.81 % (mean of seeds 0-19), the one with the lowest loss 98.91 %, and the
    last epoch 99.02 %. So the best checkpoint is not necessarily better than the last one.

    Args:
        interval: Epochs between two checkpoints; iterations in iteration-based training.
        max_keep: Number of newest checkpoints to keep. One is enough to resume; a second is a
            reserve in case the file system loses the newest.
        save_best: Name of the validation metric whose best value is kept as well; None: not.
        rule: 'greater' or 'less' is better; derived from the metric's name if None.

    Raises:
        ArgumentError: If an argument is not as described.
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
        """Count the resumed checkpoint among those kept: a signal may have saved it."""
        self._training = True
        source = runner.status.resumed_from
        if source is None or source.resolve().parent != Path(runner.work_dir).resolve():
            return
        if source.name not in self._saved and not source.name.startswith('best_'):
            self._saved.append(source.name)

    def after_val_epoch(
        self, runner: LessonRunnerLike, metrics: dict[str, float] | None = None
    ) -> None:
        """Note whether this validation is the best so far; the lower loss decides a tie."""
        if self._monitor is None or not self._training:
            return
        metrics, before = metrics or {}, self.best or {}
        value, loss = self._monitor.value(metrics), self._monitor.tie_loss(metrics)
        if not self._monitor.is_better(value, before.get('value'), loss, before.get('loss')):
            return
        metric = self._monitor.metric
        self.best = {
            'metric': metric,
            'value': value,
            'epoch': progress_of(runner)[0],
            'checkpoint': best_file(metric),
        }
        if loss is not None:
            self.best['loss'] = loss
        self._is_best = True

    def at_safe_point(self, runner: LessonRunnerLike) -> None:
        """Save when it is time."""
        loop = runner.train_loop
        count, unit = progress_of(runner)
        last = loop.max_epochs if unit == 'epoch' else loop.max_iters
        is_last = count == last or loop.stop_training
        if not (self._is_best or is_last or count % self.interval == 0):
            return
        self._save(runner, f'{"epoch" if unit == "epoch" else "iter"}_{count}.pth')

    def after_train(self, runner: LessonRunnerLike) -> None:
        """Make sure that the weights that training ended with are in a file.

        Early stopping and the perceptron's hook may have replaced those of the last checkpoint.
        """
        self._training = False
        if is_main_process() and self._saved and not is_adopted(runner):
            runner.status.final = self._final(runner)
        barrier()

    def _final(self, runner: LessonRunnerLike) -> dict[str, Any]:
        work_dir, state = Path(runner.work_dir), runner.bare_model.state_dict()
        count, unit = progress_of(runner)
        epoch, update = runner.status.restored_epoch or count, runner.status.restored_update
        source, saved = self._newest_readable(work_dir, runner.status.resumed_from)
        here = source.resolve().parent == work_dir.resolve()
        final: dict[str, Any] = {'epoch': epoch, 'checkpoint': source.name}
        if update is not None:
            final['update'] = update
        if here and same_weights(state, saved['state_dict']):
            return final
        place = {'epoch': epoch, 'iter': None} if unit == 'epoch' else {'epoch': 0, 'iter': epoch}
        meta = {**saved['meta'], **place}
        weights = {'meta': meta, 'state_dict': state, 'splits': runner.status.splits}
        write_checkpoint(work_dir / FINAL, weights)
        within = '' if update is None else f', update {update}'
        runner.logger.info(f'Saved the final weights, of {unit} {epoch}{within}, as {FINAL}')
        return {**final, 'checkpoint': FINAL}

    def _newest_readable(
        self, work_dir: Path, resumed_from: Path | None
    ) -> tuple[Path, dict[str, Any]]:
        """Return the newest checkpoint that can be read, and its contents.

        A resumed run may list files that do not exist any more, or a damaged one that it skipped.
        """
        files = [work_dir / name for name in reversed(self._saved)]
        if resumed_from is not None:
            files.append(resumed_from)
        for file in files[:-1]:
            try:
                return file, read_checkpoint(file)
            except CheckpointError:
                continue
        return files[-1], read_checkpoint(files[-1])

    def _save(self, runner: LessonRunnerLike, name: str) -> None:
        is_best, self._is_best = self._is_best, False
        # What is about to be removed is still listed: killed before, a resumed run removes it.
        self._saved = [*(saved for saved in self._saved if saved != name), name]
        self._write(runner, name)
        if is_main_process():
            self._tidy(runner, name, is_best)
        barrier()
        self._saved = self._saved[-self.max_keep :]

    def _write(self, runner: LessonRunnerLike, name: str) -> None:
        if is_adopted(runner):
            # By default mmengine counts the epoch before it is finished.
            meta = {'epoch': runner.epoch, 'iter': runner.iter}
            runner.save_checkpoint(runner.work_dir, name, meta=meta)
        else:
            runner.save_checkpoint(runner.work_dir, name)

    def _tidy(self, runner: LessonRunnerLike, name: str, is_best: bool) -> None:
        work_dir = Path(runner.work_dir)
        if is_adopted(runner):
            write_text(work_dir / LAST, str(work_dir / name))  # mmengine resumes from a path
        else:
            runner.note_last(name)
        if is_best and self.best is not None:
            copy_file(work_dir / name, work_dir / self.best['checkpoint'])
        for old in self._saved[: -self.max_keep]:
            (work_dir / old).unlink(missing_ok=True)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs, as plain data."""
        return {'best': self.best, 'saved': self._saved}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
        self.best = state['best']
        if self.best is not None:  # the file is named by the config, never by the checkpoint
            self.best = {**self.best, 'checkpoint': best_file(self.best['metric'])}
        self._saved = [name for name in state['saved'] if SAVED_NAME.fullmatch(str(name))]
