"""Training loops: an epoch is train, validate, decide, save, in this order.

mmengine 0.10.7 (runner/loops.py:97) saves before it validates, so that what a resumed run knows is
one validation old. Here hooks have three more stages: ``at_train_metrics``, when the training
metrics of an epoch (of the iterations between two validations) are in ``runner.train_metrics``;
``at_safe_point``, when the state is complete and consistent: there checkpoints are written; and
``at_end``, when training is over, however it ended (the runner calls it).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from mmlesson.engine.meter import NonFiniteLossError, TrainMeter
from mmlesson.registry import LOOPS


class _ResumableLoop:
    """What both loops share: one step, its metrics, and the state that a checkpoint holds."""

    runner: Any
    dataloader: Any
    stop_training: bool
    _epoch: int
    _iter: int
    _max_epochs: int

    def _start(self) -> None:
        self.meter = TrainMeter()
        self.batch_idx = 0  # of the next batch in this pass over the data
        self.train_seconds = 0.0
        self.samples_seen = 0

    def state_dict(self) -> dict[str, Any]:
        """Return counters and running sums as plain data."""
        return {
            'epoch': self._epoch,
            'iter': self._iter,
            'batch_idx': self.batch_idx,
            'meter': self.meter.state_dict(),
            'train_seconds': self.train_seconds,
            'samples_seen': self.samples_seen,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self._epoch, self._iter = state['epoch'], state['iter']
        self.batch_idx = state['batch_idx']
        self.meter.load_state_dict(state['meter'])
        self.train_seconds = state['train_seconds']
        self.samples_seen = state['samples_seen']

    def _batches(self) -> Iterator[Any]:
        """Return an iterator that stands at the next batch of this pass.

        After a resume in the middle of a pass the batches already trained on are drawn again and
        dropped, and then the random state is put back: exact for any data set and sampler. Between
        two passes it is put back first, since a loader's iterator draws a number when it is made.
        """
        if self.batch_idx == 0:
            self.runner.restore_random_state()
        batches = iter(self.dataloader)
        for _ in range(self.batch_idx):
            next(batches)
        self.runner.restore_random_state()
        return batches

    def _step(self, batch: Any) -> None:
        """Train on one batch."""
        runner = self.runner
        runner.call_hook('before_train_iter', batch_idx=self.batch_idx, data_batch=batch)
        log_vars = runner.model.train_step(batch, optim_wrapper=runner.optim_wrapper)
        size = len(batch['inputs'])
        self.meter.update(log_vars, size)
        self.samples_seen += size
        if runner.checks_every_step:
            self._check_finite()
        runner.call_hook(
            'after_train_iter', batch_idx=self.batch_idx, data_batch=batch, outputs=log_vars
        )
        self._iter += 1
        self.batch_idx += 1

    def _check_finite(self) -> None:
        try:
            self.meter.flush()
        except NonFiniteLossError as err:
            self.runner.stop_non_finite(str(err))

    def _save_if_interrupted(self) -> None:
        if self.runner.interrupted_by is not None:
            self.runner.save_interrupted()


@LOOPS.register_module()
class LessonEpochLoop(_ResumableLoop, EpochBasedTrainLoop):
    """Epoch-based training; arguments are those of mmengine's ``EpochBasedTrainLoop``."""

    def __init__(
        self,
        runner: Any,
        dataloader: Any,
        max_epochs: int,
        val_begin: int = 1,
        val_interval: int = 1,
        dynamic_intervals: list[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(runner, dataloader, max_epochs, val_begin, val_interval, dynamic_intervals)
        self._start()

    def run(self) -> Any:
        """Train until the last epoch or until a hook says stop."""
        self.runner.call_hook('before_train')
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._decide_current_val_interval()
            if self._validation_is_due():
                self.runner.val_loop.run()
            self.runner.call_hook('at_safe_point')
            self._save_if_interrupted()
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_epoch(self) -> None:
        """Train on each batch once."""
        self.runner.call_hook('before_train_epoch')
        self.runner.begin_epoch(self._epoch)
        self.runner.model.train()
        start = time.perf_counter()
        before = self.train_seconds
        for batch in self._batches():
            self._step(batch)
            if self.runner.interrupted_by is not None:
                self.train_seconds = before + time.perf_counter() - start
                self._save_if_interrupted()
        self.train_seconds = before + time.perf_counter() - start
        self._check_finite()
        self.runner.train_metrics = self.meter.compute()
        self.runner.call_hook('after_train_epoch')
        self.meter, self.batch_idx = TrainMeter(), 0
        self._epoch += 1
        self.runner.call_hook('at_train_metrics')

    def _validation_is_due(self) -> bool:
        return (
            self.runner.val_loop is not None
            and self._epoch >= self.val_begin
            and (self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs)
        )


@LOOPS.register_module()
class LessonIterLoop(_ResumableLoop, IterBasedTrainLoop):
    """Iteration-based training; arguments are those of mmengine's ``IterBasedTrainLoop``.

    Training metrics are taken between two validations. A pass over a finite loader is an epoch of
    its sampler; mmengine 0.10.7 (runner/loops.py:190) sleeps two seconds between passes.
    """

    def __init__(
        self,
        runner: Any,
        dataloader: Any,
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        dynamic_intervals: list[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(runner, dataloader, max_iters, val_begin, val_interval, dynamic_intervals)
        self.dataloader_iterator = iter(())  # upstream's endless one is not used
        self._pass = 0
        self._start()

    def state_dict(self) -> dict[str, Any]:
        """Return counters and running sums as plain data."""
        return {**super().state_dict(), 'pass': self._pass}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict(state)
        self._pass = state['pass']

    def run(self) -> Any:
        """Train until the last iteration or until a hook says stop."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        self.runner.begin_epoch(self._pass)  # after DistSamplerSeedHook, which knows no passes
        batches = self._batches()
        while self._iter < self._max_iters and not self.stop_training:
            start = time.perf_counter()
            self.runner.model.train()
            batches, batch = self._next(batches)
            self._step(batch)
            self.train_seconds += time.perf_counter() - start
            self._decide_current_val_interval()
            if self._iter % self.val_interval == 0 or self._iter == self._max_iters:
                self._close_interval()
            self.runner.call_hook('at_safe_point')
            self._save_if_interrupted()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _next(self, batches: Iterator[Any]) -> tuple[Iterator[Any], Any]:
        batch = next(batches, None)
        if batch is None:
            self._pass, self.batch_idx = self._pass + 1, 0
            self.runner.begin_epoch(self._pass)
            batches = iter(self.dataloader)
            batch = next(batches)
        return batches, batch

    def _close_interval(self) -> None:
        self._check_finite()
        self.runner.train_metrics = self.meter.compute()
        self.meter = TrainMeter()
        self.runner.call_hook('at_train_metrics')
        if self.runner.val_loop is not None and self._iter >= self.val_begin:
            self.runner.val_loop.run()
