"""`LessonCheckpointHook`: keeps the last and the best checkpoint of a run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process

from mmlesson.early_stopping.best_weights import same_weights
from mmlesson.engine.distributed.process_group import barrier
from mmlesson.engine.hooks.best_checkpoints import BestCheckpoints
from mmlesson.engine.hooks.stage_hook import StagedHook, is_adopted
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import ArgumentError, check_int, shorten
from mmlesson.registry import HOOKS
from mmlesson.runs.checkpoint import LAST, CheckpointError, read_checkpoint, write_checkpoint
from mmlesson.utils.atomic_file import copy_file, write_text

FINAL = 'final.pth'
"""File of the final weights, if no other checkpoint has them."""

SAVED_NAME = re.compile(r'(epoch|iter)_\d+(_iter_\d+)?\.pth')
"""Names of checkpoints that the hook may delete: those it writes, in the run's folder."""


@HOOKS.register_module()
class LessonCheckpointHook(StagedHook):
    """Saves at safe points: after training, validation and the decision to stop.

    Every file is written whole before an older one goes; each holds all that resuming needs, the
    best one too. The last epoch, and the one at which a run stops, is always saved. In mmengine's
    own runner the checkpoints are mmengine's, saved after validation.

    Accuracy on a small split has many ties: ``cnn_digits`` reaches its best on 362 samples in
    several epochs in 10 of 20 seeds. The first of them tests 98.81 % (mean of seeds 0-19), the one
    with the lowest loss, which is kept, 98.91 %, and the last epoch 99.02 %. So the best checkpoint
    is not necessarily better than the last one.

    Args:
        interval: Epochs between two checkpoints; iterations in iteration-based training. With -1
            only the last and the best are saved.
        max_keep: Number of newest checkpoints to keep, or -1 for all. One is enough to resume; a
            second is a reserve in case the file system loses the newest.
        save_best: Validation metric whose best value is kept as well, several metrics with a file
            for each, or 'auto' for the first that is reported; None for none.
        rule: 'greater' or 'less' is better, one for all metrics or one for each; derived from the
            name of a metric if None.
        save_begin: Epoch (iteration) from which on checkpoints are saved every ``interval``.
        published_keys: Entries of a checkpoint to publish, such as 'meta' and 'state_dict': when
            training ends, the last and the best checkpoints are also saved with these entries
            alone, as ``<name>-<first 8 digits of the file's SHA-256>.pth``.

    Raises:
        ArgumentError: If an argument is invalid.
    """

    priority = 'VERY_LOW'

    def __init__(
        self,
        interval: int = 1,
        max_keep: int = 2,
        save_best: str | list[str] | None = None,
        rule: str | list[str] | None = None,
        save_begin: int = 0,
        published_keys: str | Sequence[str] | None = None,
    ) -> None:
        owner = type(self).__name__
        for name, value in (('interval', interval), ('max_keep', max_keep)):
            if value != -1 and not (isinstance(value, int) and value >= 1):
                raise ArgumentError(
                    f'{owner}.{name} must be an int >= 1, or -1, got {shorten(value)}.'
                )
        check_int(owner, 'save_begin', save_begin, minimum=0)
        keys = [published_keys] if isinstance(published_keys, str) else list(published_keys or ())
        if not all(isinstance(key, str) for key in keys):
            raise ArgumentError(
                f'{owner}.published_keys must be names, got {shorten(published_keys)}.'
            )
        self.interval = interval
        self.max_keep = max_keep
        self.save_begin = save_begin
        self.published_keys = keys
        self._best = BestCheckpoints(f'{owner}.save_best', save_best, rule)
        self._improved: list[str] = []
        self._saved: list[str] = []
        self._training = False

    @property
    def best(self) -> dict[str, Any] | None:
        """Metric, value, epoch and file of the best checkpoint by the first metric, or None."""
        return self._best.first

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
        """Update the best checkpoints; the lower loss decides a tie."""
        if not self._training:
            return
        if not metrics:  # a detector that finds nothing: mmengine's hook skips it, too
            runner.logger.warning(
                'The validation reported no metrics: no best checkpoint is saved.'
            )
            return
        self._improved = self._best.update(metrics, progress_of(runner)[0])

    def at_safe_point(self, runner: LessonRunnerLike) -> None:
        """Save a checkpoint if one is due."""
        loop = runner.train_loop
        count, unit = progress_of(runner)
        last = loop.max_epochs if unit == 'epoch' else loop.max_iters
        is_last = count == last or loop.stop_training
        is_due = self.interval > 0 and count >= self.save_begin and count % self.interval == 0
        if self._improved or is_last or is_due:
            self._save(runner, f'{"epoch" if unit == "epoch" else "iter"}_{count}.pth')

    def after_train(self, runner: LessonRunnerLike) -> None:
        """Ensure that the final weights of training are stored in a file.

        Early stopping and the perceptron's hook may have changed them after the last checkpoint.
        """
        self._training = False
        if is_main_process() and self._saved and not is_adopted(runner):
            runner.status.final = self._final(runner)
        if self.published_keys and is_adopted(runner):
            runner.logger.warning(
                "published_keys has no effect in mmengine's runner: its checkpoints are not plain "
                'data. Use LessonRunner.'
            )
        elif is_main_process() and self._saved and self.published_keys:
            self._publish(runner)
        barrier()

    def _publish(self, runner: LessonRunnerLike) -> None:
        """Save the last and the best checkpoints once more, with `published_keys` alone."""
        work_dir = Path(runner.work_dir)
        best = [record['checkpoint'] for record in self._best.records.values()]
        final = (runner.status.final or {}).get('checkpoint', self._saved[-1])
        for name in dict.fromkeys([final, *best]):
            checkpoint = read_checkpoint(work_dir / name)
            entries = {key: checkpoint[key] for key in self.published_keys if key in checkpoint}
            unnamed = work_dir / f'publishing_{name}'
            write_checkpoint(unnamed, entries)
            digest = hashlib.sha256(unnamed.read_bytes()).hexdigest()
            published = unnamed.rename(work_dir / f'{Path(name).stem}-{digest[:8]}.pth')
            runner.logger.info(f'Published {name} as {published.name}')

    def _final(self, runner: LessonRunnerLike) -> dict[str, Any]:
        work_dir, state = Path(runner.work_dir), runner.bare_model.state_dict()
        count, unit = progress_of(runner)
        epoch, update = runner.status.restored_epoch or count, runner.status.restored_update
        final: dict[str, Any] = {'epoch': epoch}
        if update is not None:
            final['update'] = update
        readable = self._readable(work_dir, runner.status.resumed_from)
        for source, saved in readable:
            here = source.resolve().parent == work_dir.resolve()
            if here and same_weights(state, saved['state_dict']):
                return {**final, 'checkpoint': source.name}
        saved = readable[0][1]
        place = {'epoch': epoch, 'iter': None} if unit == 'epoch' else {'epoch': 0, 'iter': epoch}
        meta = {**saved['meta'], **place}
        weights = {'meta': meta, 'state_dict': state, 'splits': runner.status.splits}
        write_checkpoint(work_dir / FINAL, weights)
        within = '' if update is None else f', update {update}'
        runner.logger.info(f'Saved the final weights, of {unit} {epoch}{within}, as {FINAL}')
        return {**final, 'checkpoint': FINAL}

    def _readable(
        self, work_dir: Path, resumed_from: Path | None
    ) -> list[tuple[Path, dict[str, Any]]]:
        """Return the two newest checkpoints that can be read, and the resumed one.

        A resumed run may list files that do not exist any more, or a damaged one that it skipped.
        """
        files = [work_dir / name for name in self._saved[:-3:-1]]
        if resumed_from is not None:
            files.append(resumed_from)
        found = []
        for file in dict.fromkeys(files):
            try:
                found.append((file, read_checkpoint(file)))
            except CheckpointError:
                continue
        return found or [(files[-1], read_checkpoint(files[-1]))]

    def _save(self, runner: LessonRunnerLike, name: str) -> None:
        improved, self._improved = self._improved, []
        # What is about to be removed is still listed: killed before, a resumed run removes it.
        self._saved = [*(saved for saved in self._saved if saved != name), name]
        self._write(runner, name)
        if is_main_process():
            self._tidy(runner, name, improved)
        barrier()
        self._saved = self._saved[len(self._outdated()) :]

    def _outdated(self) -> list[str]:
        return self._saved[: -self.max_keep] if self.max_keep > 0 else []

    def _write(self, runner: LessonRunnerLike, name: str) -> None:
        if is_adopted(runner):
            # By default mmengine counts the epoch before it is finished.
            meta = {'epoch': runner.epoch, 'iter': runner.iter}
            runner.save_checkpoint(runner.work_dir, name, meta=meta)
        else:
            runner.save_checkpoint(runner.work_dir, name)

    def _tidy(self, runner: LessonRunnerLike, name: str, improved: list[str]) -> None:
        work_dir = Path(runner.work_dir)
        if is_adopted(runner):
            write_text(work_dir / LAST, str(work_dir / name))  # mmengine resumes from a path
        else:
            runner.note_last(name)
        for metric in improved:
            copy_file(work_dir / name, work_dir / self._best.records[metric]['checkpoint'])
        for old in self._outdated():
            (work_dir / old).unlink(missing_ok=True)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs, as plain data."""
        records = list(self._best.records.values())
        return {'best': self.best, 'bests': records, 'saved': self._saved}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
        first = [state['best']] if state['best'] else []
        self._best.load({record['metric']: record for record in state.get('bests', first)})
        self._saved = [name for name in state['saved'] if SAVED_NAME.fullmatch(str(name))]
