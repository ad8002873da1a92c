"""Jobs: runs of experiments that are trained once, and their locked folders."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmlesson.errors import UserError

if TYPE_CHECKING:  # a process that only waits for others does not need mmengine
    from mmengine.config import Config

    from mmlesson.config import LoadedConfig


@dataclass(frozen=True)
class Job:
    """One run.

    Args:
        config: Config file.
        folder: Parent of the run's folder, whose name contains the seed and a hash of the config.
        seed: Seed of the run.
        options: Dotted keys and values that are merged into the config.
    """

    config: Path
    folder: Path
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)


def job_config(job: Job) -> Config:
    """Return the config of a job; its work_dir is the job's own.

    A changed config gets another folder, so no run is overwritten or mistaken for another.

    Raises:
        UserError: If the config cannot be read, or an option does not fit it.
    """
    loaded = _load(job)
    config = loaded.config
    config.merge_from_dict({'randomness.seed': job.seed})
    config.work_dir = str(job.folder / f'seed_{job.seed}-{loaded.fingerprint[:8]}')
    return config


def _load(job: Job) -> LoadedConfig:
    from mmlesson.config import LoadedConfig

    return LoadedConfig.open(job.config, job.options).require_valid()


_noted: set[str] = set()
"""Keys that `note_oddities` has named."""


def note_oddities(job: Job) -> None:
    """Print what is odd in the config of a job, as train.py does; once for each key.

    Raises:
        UserError: If the config cannot be read, or an option does not fit it.
    """
    for issue in _load(job).warnings():
        if issue.path not in _noted:
            _noted.add(issue.path)
            print(f'note: {issue}', file=sys.stderr)


def known_outcome(work_dir: Path) -> dict[str, Any] | None:
    """Return the summary of a run if training again would not change it, or None.

    A run whose loss became non-finite would fail again. A run that failed for another reason, such
    as a full disk, may succeed next time. So is one whose summary is damaged, after a warning.
    """
    from mmlesson.runs.summary import FINISHED

    summary = written_summary(work_dir)
    if summary is None:
        return None
    diverged = (summary.get('stop') or {}).get('reason') == 'non_finite'
    is_final = summary['status'] in FINISHED or diverged
    return {**summary, 'work_dir': str(work_dir)} if is_final else None


def written_summary(work_dir: Path) -> dict[str, Any] | None:
    """Return the summary of a run, or None if there is none or, after a warning, it is damaged."""
    from mmlesson.runs.side_file import is_file, warn
    from mmlesson.runs.summary import FILE_NAME, read_summary

    if not is_file(work_dir / FILE_NAME):
        return None
    try:
        return read_summary(work_dir, is_strict=True)
    except UserError as err:
        warn(f'{err} The result of the run is unknown.')
        return None


def train_job(job: Job) -> dict[str, Any]:
    """Train a job in this process, unless it has finished before; return its summary.

    Returns:
        The summary and 'work_dir'; for a failed run, 'status', 'error' and 'config'.
    """
    from mmlesson.engine.build import build_runner
    from mmlesson.runs.summary import read_summary
    from mmlesson.runs.work_dir import locked

    try:
        config = job_config(job)
        work_dir = Path(config.work_dir)
        with locked(work_dir):
            known = known_outcome(work_dir)
            if known is not None:
                return known
            # Figures are drawn on request only.
            config.merge_from_dict({'log_level': 'WARNING', 'default_hooks.visualization': None})
            config.resume = any(work_dir.glob('*.pth'))
            build_runner(config).train()
            return {**read_summary(work_dir), 'work_dir': str(work_dir)}
    except (Exception, SystemExit) as err:
        return failed(
            job, f'{"" if isinstance(err, UserError) else f"{type(err).__name__}: "}{err}'
        )


def failed(job: Job, error: str) -> dict[str, Any]:
    """Return the summary of a job that has failed."""
    return {'status': 'failed', 'error': error, 'config': str(job.config)}
