"""Worker processes that train jobs; a worker that dies is replaced."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from mmlesson.apis.experiments.jobs import Job, failed, job_config, known_outcome, train_job
from mmlesson.errors import UserError, check_number
from mmlesson.utils.threads import VARIABLE, cores_per_process


def run_jobs(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Train jobs in `Workers`, and yield each with its summary when it finishes.

    Args:
        jobs: Jobs to train.
        workers: Number of processes at a time; each uses its share of the cores.
    """
    with Workers(min(workers, len(jobs) or 1)) as crew:
        yield from crew.run(jobs)


MAX_PROCESSES = 256


class Workers:
    """Pool of processes that train jobs; they start on demand and exit with the ``with`` block.

    If this process is killed, its workers exit too.

    Args:
        count: Number of processes, at most `MAX_PROCESSES`. Each uses at most its share of the
            cores, or as many threads as ``OMP_NUM_THREADS`` says.

    Raises:
        ArgumentError: If the number is out of range.
    """

    def __init__(self, count: int) -> None:
        check_number('Workers', 'count', count, 1, MAX_PROCESSES)
        threads = cores_per_process(count)
        self._all = [_Lane(threads) for _ in range(count)]
        self._free: SimpleQueue[_Lane] = SimpleQueue()
        for lane in self._all:
            self._free.put(lane)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for lane in self._all:
            lane.close()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Train jobs, and yield each with its summary when it finishes.

        A finished job is not trained again, and an interrupted job is resumed. A job that fails, or
        whose process dies, has a summary with status 'failed' and its error; the other jobs
        continue.
        """
        waiting = []
        for job in jobs:
            known = _known(job)
            if known is None:
                waiting.append(job)
            else:
                yield job, known
        with ThreadPoolExecutor(len(self._all)) as hands:
            running = {hands.submit(self._train, job): job for job in waiting}
            try:
                for done in as_completed(running):
                    yield running[done], done.result()
            finally:
                hands.shutdown(cancel_futures=True)

    def _train(self, job: Job) -> dict[str, Any]:
        lane = self._free.get()
        try:
            return lane.train(job)
        finally:
            self._free.put(lane)


def _known(job: Job) -> dict[str, Any] | None:
    try:
        return known_outcome(Path(job_config(job).work_dir))
    except UserError as err:
        return failed(job, str(err))


class _Lane:
    """A process that trains jobs one after another, and is replaced if it dies.

    A shared pool would become unusable when one of its processes dies.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool: ProcessPoolExecutor | None = None

    def train(self, job: Job) -> dict[str, Any]:
        # 'spawn', because torch does not work with the threads and locks that a fork inherits.
        self._pool = self._pool or ProcessPoolExecutor(
            1, get_context('spawn'), initializer=_begin_worker, initargs=(self._threads,)
        )
        try:
            return self._pool.submit(train_job, job).result()
        except BrokenProcessPool:
            self._pool = None
            return failed(job, 'its process died: killed, or out of memory')

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()


def _begin_worker(threads: int) -> None:
    # Ctrl-C reaches all processes of a terminal: a training run saves, and the parent exits.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _set_threads(threads)
    # mmengine sets the start method of data-loading workers, and warns that it was set before.
    warnings.filterwarnings('ignore', 'Multi-processing start method', UserWarning)
    sys.stdout = open(os.devnull, 'w')  # noqa: SIM115 - the log file has all output
    Thread(target=_end_with_parent, daemon=True).start()


def _set_threads(threads: int) -> None:
    """Let torch use this number of threads, unless ``OMP_NUM_THREADS`` has set another."""
    import torch

    if VARIABLE not in os.environ:
        torch.set_num_threads(threads)


def _end_with_parent() -> None:
    """Exit when the parent process has exited, because the result could not be collected."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the run can be resumed, as after a kill
