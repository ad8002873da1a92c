"""Many runs, each in a process of its own; what has been done already is not done again."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from mmlesson.errors import UserError

FINISHED = ('completed', 'early_stopped')


@dataclass(frozen=True)
class Job:
    """One run.

    Args:
        config: Config file.
        folder: Where its folder goes; the folder's name tells seed and config apart.
        seed: Of the run.
        options: Dotted keys and values that are merged into the config.
    """

    config: Path
    folder: Path
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)


def run_jobs(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Train jobs, and yield each with its summary as it ends.

    A job that had finished before is not trained again, one that was interrupted is resumed, and
    one that fails gives a summary with status 'failed' and its error, while the others go on.

    Args:
        jobs: What to train.
        workers: Processes at a time; each takes its share of the cores.
    """
    threads = max(1, (os.cpu_count() or 1) // workers)
    # 'spawn': a forked process inherits threads and locks that torch does not survive.
    with ProcessPoolExecutor(workers, get_context('spawn'), _end_with_parent) as pool:
        waiting = {pool.submit(_train, job, threads): job for job in jobs}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _end_with_parent() -> None:
    """Let a worker die as soon as its parent is gone, however that was killed.

    Otherwise it would train on, in a folder that the next check resumes at the same time.
    """

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _train(job: Job, threads: int) -> dict[str, Any]:
    import torch

    from mmlesson.config import fingerprint, load_config, require_valid
    from mmlesson.engine.launching import build_runner
    from mmlesson.engine.summary import read_summary

    torch.set_num_threads(threads)
    # mmengine sets how data-loading workers start, and warns that it was set before.
    warnings.filterwarnings('ignore', 'Multi-processing start method', UserWarning)
    try:
        config = load_config(job.config, {**job.options, 'randomness.seed': job.seed})
        require_valid(config, job.options)
        # A changed config gets a folder of its own: nothing is overwritten or taken for another.
        work_dir = job.folder / f'seed_{job.seed}-{fingerprint(config)[:8]}'
        if (work_dir / 'summary.json').exists():
            summary = read_summary(work_dir)
            if summary['status'] in FINISHED:
                return {**summary, 'work_dir': str(work_dir)}
        config.merge_from_dict({'work_dir': str(work_dir), 'log_level': 'WARNING'})
        config.merge_from_dict({'default_hooks.visualization': None})  # pictures for the asking
        config.resume = work_dir.exists()
        sys.stdout = open(os.devnull, 'w')  # noqa: SIM115 - the log file has it all
        build_runner(config).train()
        return {**read_summary(work_dir), 'work_dir': str(work_dir)}
    except (Exception, SystemExit) as err:
        kind = '' if isinstance(err, UserError) else f'{type(err).__name__}: '
        return {'status': 'failed', 'error': f'{kind}{err}', 'config': str(job.config)}
