"""Training loops; each epoch trains, validates, decides and saves, in this order.

mmengine 0.10.7 (runner/loops.py:97) saves before it validates, so a checkpoint lacks the last
validation. These loops call three additional hook stages: ``at_train_metrics``, when the training
metrics of an epoch (in iteration-based training, of the iterations between two validations) are in
``runner.status.train_metrics``; ``at_safe_point``, when the state is complete and checkpoints are
written; and ``at_end``, which the runner calls however training ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from mmlesson.datasets.block_reading import batches_of
from mmlesson.engine.distributed.batch_shards import BatchSharding, Shard
from mmlesson.engine.distributed.data_parallel import LessonDataParallel, average_running_statistics
from mmlesson.engine.distributed.process_group import all_gather, barrier, world_size
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.engine.train_metrics import NonFiniteLossError, TrainMeter, merge
from mmlesson.models.preprocessor import LessonPreprocessor
from mmlesson.registry import LOOPS
from mmlesson.tasks import map_labels

SECONDS_BETWEEN_CHECKS = 10.0
"""Minimum time between checks of GPU losses for NaN; each check synchronises the device."""


class _ResumableLoop:
    """Base of both loops: one step, its metrics, and the state for checkpoints."""

    runner: LessonRunnerLike
    dataloader: Any
    stop_training: bool
    _epoch: int
    _iter: int
    _max_epochs: int

    def _start(self) -> None:
        self.meter = TrainMeter()
        self.batch_idx = 0  # index of the next batch in this pass over the data
        self._next_check = time.monotonic() + SECONDS_BETWEEN_CHECKS
        self.train_seconds = 0.0
        self.samples_seen = 0  # over all processes
        spread = isinstance(self.runner.model, LessonDataParallel)
        self._sharding = BatchSharding(self.dataloader) if spread else None

    def state_dict(self) -> dict[str, Any]:
        """Return counters and running sums over all processes as plain data."""
        return {
            'epoch': self._epoch,
            'iter': self._iter,
            'batch_idx': self.batch_idx,
            'batch_size': self._global_batch_size,
            'meter': self._meter_of_all().state_dict(),
            'train_seconds': self.train_seconds,
            'samples_seen': self.samples_seen,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state from a `state_dict`."""
        self._epoch, self._iter = state['epoch'], state['iter']
        self.batch_idx = self._place_of(state)
        if self.runner.rank == 0 or not self._is_spread:  # sums of all processes: load once
            self.meter.load_state_dict(state['meter'])
        self.train_seconds = state['train_seconds']
        self.samples_seen = state['samples_seen']

    @property
    def _is_spread(self) -> bool:
        """Whether each process trains on different samples."""
        return world_size() > 1 and not self.runner.is_replica

    @property
    def _global_batch_size(self) -> int | None:
        """Number of samples per batch over all processes; None with a batch sampler."""
        size = self.dataloader.batch_size
        return size and size * (world_size() if self._is_spread else 1)

    def _place_of(self, state: dict[str, Any]) -> int:
        """Return the index of the next batch, converted if the global batch size has changed."""
        then, now, place = state['batch_size'], self._global_batch_size, int(state['batch_idx'])
        if then == now or not then or not now:
            return place
        batches, repeated = divmod(place * then, now)
        if repeated:
            self.runner.logger.warning(
                f'The global batch size changed from {then} to {now}: {repeated} samples '
                'of this pass are used again.'
            )
        return batches

    def _meter_of_all(self) -> TrainMeter:
        if not self._is_spread:
            return self.meter
        return merge(all_gather(self.meter.state_dict()))

    def _batches(self) -> Iterator[Any]:
        """Return an iterator positioned at the next batch of this pass.

        If training resumes in the middle of a pass, the batches already used are drawn again and
        dropped, then the random state is restored: exact for any dataset and sampler. Between two
        passes it is restored first, since creating an iterator draws a random number.
        """
        if self.batch_idx == 0:
            self.runner.restore_random_state()
        batches = self._new_pass()
        for _ in range(self.batch_idx):
            next(batches)
        self.runner.restore_random_state()
        return batches

    def _new_pass(self) -> Iterator[Any]:
        preprocessor = getattr(self.runner.bare_model, 'data_preprocessor', None)
        if isinstance(preprocessor, LessonPreprocessor):
            return batches_of(self.dataloader, preprocessor.prepare)
        return batches_of(self.dataloader)

    def _step(self, batch: Any) -> None:
        """Train on one batch."""
        runner = self.runner
        batch, shard = self._take_shard(batch)
        runner.call_hook('before_train_iter', batch_idx=self.batch_idx, data_batch=batch)
        log_vars = runner.model.train_step(batch, optim_wrapper=runner.optim_wrapper)
        if shard.own:
            self.meter.update(log_vars, shard.own)
        self.samples_seen += shard.total
        if runner.checks_every_step:
            self._stop_if_not_finite(self.meter.flush_if_not_finite)
        if time.monotonic() > self._next_check:
            self.check_finite()
            self._next_check = time.monotonic() + SECONDS_BETWEEN_CHECKS
        runner.call_hook(
            'after_train_iter', batch_idx=self.batch_idx, data_batch=batch, outputs=log_vars
        )
        self._iter += 1
        self.batch_idx += 1

    def _take_shard(self, batch: Any) -> tuple[Any, Shard]:
        """Return the batch without repeated samples, and its shard."""
        size = len(batch['inputs'])
        if self._sharding is None:
            return batch, Shard(size, size, 1.0)
        shard = self._sharding.of(self.batch_idx, size)
        self.runner.model.loss_weight = shard.weight
        if shard.own < size:
            # A process without samples keeps one, with weight 0, since the others wait for its
            # gradient.
            kept = slice(max(shard.own, 1))
            batch = {name: map_labels(lambda v: v[kept], values) for name, values in batch.items()}
        return batch, shard

    def check_finite(self) -> None:
        """Stop the run if a loss has been NaN or infinite since the last check."""
        self._stop_if_not_finite(self.meter.flush)

    def _stop_if_not_finite(self, check: Callable[[], None]) -> None:
        try:
            check()
        except NonFiniteLossError as err:
            self.runner.stop_non_finite(str(err))

    def _end_interval(self) -> None:
        """Compute the training metrics of an epoch, or the iterations since the last validation."""
        self.check_finite()
        if self._sharding is not None:
            average_running_statistics(self.runner.bare_model)
        self.runner.status.train_metrics = self._meter_of_all().compute()
        self.meter = TrainMeter()

    def _begin(self) -> None:
        self.runner.call_hook('before_train')
        barrier()

    def _validate(self) -> None:
        """Validate, then wait for rank 0, whose hooks may draw."""
        self.runner.val_loop.run()
        barrier()

    def _save_if_interrupted(self, now: bool = False) -> None:
        if self.runner.interrupts.poll(now):
            self.runner.save_interrupted()


@LOOPS.register_module()
class LessonEpochLoop(_ResumableLoop, EpochBasedTrainLoop):
    """Epoch-based training; takes the arguments of mmengine's ``EpochBasedTrainLoop``."""

    def __init__(
        self,
        runner: LessonRunnerLike,
        dataloader: Any,
        max_epochs: int,
        val_begin: int = 1,
        val_interval: int = 1,
        dynamic_intervals: list[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(runner, dataloader, max_epochs, val_begin, val_interval, dynamic_intervals)
        self._start()

    def run(self) -> Any:
        """Train until the last epoch, or until a hook requests a stop."""
        self._begin()
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._decide_current_val_interval()
            if self._validation_is_due():
                self._validate()
            self.runner.call_hook('at_safe_point')
            self._save_if_interrupted(now=True)
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
            self.train_seconds = before + time.perf_counter() - start
            self._save_if_interrupted()
        self.check_finite()  # synchronises a GPU
        self.train_seconds = before + time.perf_counter() - start
        self._end_interval()
        self.runner.call_hook('after_train_epoch')
        self.batch_idx = 0
        self._epoch += 1
        self.runner.call_hook('at_train_metrics')
        barrier()

    def _validation_is_due(self) -> bool:
        return (
            self.runner.val_loop is not None
            and self._epoch >= self.val_begin
            and (self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs)
        )


@LOOPS.register_module()
class LessonIterLoop(_ResumableLoop, IterBasedTrainLoop):
    """Iteration-based training; takes the arguments of mmengine's ``IterBasedTrainLoop``.

    Training metrics cover the iterations between two validations. A pass over a finite loader is an
    epoch of its sampler; mmengine 0.10.7 (runner/loops.py:190) sleeps two seconds between passes.
    """

    def __init__(
        self,
        runner: LessonRunnerLike,
        dataloader: Any,
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        dynamic_intervals: list[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(runner, dataloader, max_iters, val_begin, val_interval, dynamic_intervals)
        self.dataloader_iterator = iter(())  # mmengine's infinite iterator is not used
        self._pass = 0
        self._start()

    def state_dict(self) -> dict[str, Any]:
        """Return counters and running sums as plain data."""
        return {**super().state_dict(), 'pass': self._pass}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state from a `state_dict`."""
        super().load_state_dict(state)
        self._pass = state['pass']

    def run(self) -> Any:
        """Train until the last iteration, or until a hook requests a stop."""
        self._begin()
        self.runner.call_hook('before_train_epoch')
        self.runner.begin_epoch(self._pass)  # after DistSamplerSeedHook, which does not know passes
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
            batches = self._new_pass()
            batch = next(batches)
        return batches, batch

    def _close_interval(self) -> None:
        start = time.perf_counter()
        self.check_finite()  # synchronises a GPU
        self.train_seconds += time.perf_counter() - start
        self._end_interval()
        self.runner.call_hook('at_train_metrics')
        barrier()
        if self.runner.val_loop is not None and self._iter >= self.val_begin:
            self._validate()
