"""`SavingRunner`: the part of the runner that saves, loads and resumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.runner import BaseLoop

from mmlesson.engine import distributed, training_state
from mmlesson.engine.optim import settings as optimizer_settings
from mmlesson.engine.runner_building import BuildingRunner
from mmlesson.runs.checkpoint import (
    LAST,
    load_weights,
    newest_whole,
    read_checkpoint,
    write_checkpoint,
)
from mmlesson.utils import rng_state
from mmlesson.utils.atomic_file import write_text


class SavingRunner(BuildingRunner):
    """mmengine's ``Runner`` with changes to how it saves, loads and resumes."""

    optimizer_settings: dict[str, Any] | None = None
    _resumed: list[dict[str, Any]] | None = None  # random state of each process

    def note_last(self, name: str) -> None:
        """Write a checkpoint's name into ``last_checkpoint``, relative so that runs can move.

        It is not flushed: without it, `newest_whole` finds the newest checkpoint itself.
        """
        if is_main_process():
            write_text(Path(self.work_dir) / LAST, name + '\n', flush=False)

    def end_records(self) -> None:
        """Call the last stage of the hooks, then close the records."""
        self.call_hook('at_end')
        self.close_records()

    def close_records(self) -> None:
        """Close the visualizer's back ends, which write what they still hold."""
        try:
            self.visualizer.close()
        except Exception as err:  # a tracker's server may be gone, and training has ended
            self.logger.warning(f'A record was not closed: {type(err).__name__}: {err}')

    def save_checkpoint(self, out_dir: str, filename: str, **_: Any) -> None:
        """Save everything that a resumed run needs to end with the same result.

        All ranks must call this: rank 0 writes, the others contribute their state and wait.

        Args:
            out_dir: Output folder.
            filename: Name of the file in it.
            _: Arguments of mmengine's ``CheckpointHook``, ignored: everything is always saved.
        """
        checkpoint = training_state.capture(self)
        if is_main_process():
            self.call_hook('before_save_checkpoint', checkpoint=checkpoint)
            write_checkpoint(Path(out_dir) / filename, checkpoint)
        distributed.barrier()

    def load_or_resume(self) -> None:
        """Load weights or resume an earlier run; warn if there is none."""
        if not self._testing:
            built = self.optim_wrapper, self.param_schedulers
            self.optimizer_settings = optimizer_settings.describe(*built)
        if self._has_loaded:
            return
        if self._resume and self._load_from is None:
            # Rank 0 decides, since the folder could change while the other ranks read it.
            here = newest_whole(Path(self.work_dir)) if is_main_process() else None
            distributed.barrier()
            found, skipped = distributed.broadcast(here)
            for line in skipped:
                self.logger.warning(f'Skipped: {line}')
            if found is None:
                self.logger.warning(
                    f'Nothing to resume in {self.work_dir}: training starts from the beginning.'
                )
                return
            self.resume(str(found))
        elif self._resume:
            self.resume(self._load_from)
        elif self._load_from is not None:
            self.load_checkpoint(self._load_from, strict=self._testing)

    @property
    def _testing(self) -> bool:
        return not isinstance(self._train_loop, BaseLoop)  # not built: not a training run

    def load_checkpoint(
        self,
        filename: str,
        map_location: Any = 'cpu',
        strict: bool = True,
        revise_keys: Any = None,
    ) -> dict[str, Any]:
        """Load weights from a file; unless ``strict`` is False, all of them must match.

        Otherwise one line of the log names what does not match. mmengine 0.10.7
        (runner/runner.py:2110) continues where nothing matches.
        """
        checkpoint = read_checkpoint(filename)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        misfit = load_weights(self.bare_model, checkpoint, str(filename), strict)
        self._has_loaded = True
        trained = (checkpoint.get('splits') or {}).get('train')
        if self._testing and trained and self._test_loop is not None:
            self._describe('test', self.test_dataloader)
            self._check_splits({'train': trained, 'test': self.status.splits['test']})
        if misfit is None:
            self.logger.info(f'Loaded {filename}')
        else:
            self.logger.warning(misfit)
        return checkpoint

    def resume(self, filename: str, *_: Any, **__: Any) -> None:
        """Resume from a checkpoint as if the run had never been interrupted."""
        checkpoint = read_checkpoint(filename)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        training_state.restore(self, checkpoint, str(filename))
        self._resumed = checkpoint['random_state']
        self.status.resumed_from = Path(filename)
        self._has_loaded = True
        self.logger.info(f'Resumed {filename} at epoch {self.epoch}, iteration {self.iter}')

    def restore_random_state(self) -> None:
        """Restore the resumed random state, once, after everything else is built."""
        if self._resumed is None:
            return
        states, self._resumed = self._resumed, None
        if self.rank < len(states):
            rng_state.restore(states[self.rank])
        else:  # there were fewer processes before
            rng_state.seed_process(self.seed, self.rank, self.iter)
