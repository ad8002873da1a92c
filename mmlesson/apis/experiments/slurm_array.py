"""Sweeps on a SLURM cluster: one job array, whose task i trains run i."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mmlesson.errors import RunError, UserError
from mmlesson.utils.atomic_file import write_text

JOB_FILE = 'slurm_job'
SCRIPT = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --partition={partition}
#SBATCH --array={array}
#SBATCH --chdir={folder}
#SBATCH --output={logs}/%A_%a.log
exec {command} --only "$SLURM_ARRAY_TASK_ID"
"""


def was_submitted(work_dir: Path) -> bool:
    """Return whether a sweep was submitted to a cluster."""
    return (work_dir / JOB_FILE).is_file()


def submit_array(
    missing: Sequence[int], work_dir: Path, partition: str, command: Sequence[str], at_once: int
) -> str:
    """Submit a job array of the missing runs; return its job ID.

    sbatch reads the time limit, memory, GPUs and account from SBATCH_… variables.

    Args:
        missing: Indices of the missing runs.
        work_dir: Folder of the sweep, for the script, SLURM's logs and the job ID.
        partition: SLURM partition.
        command: Command that trains one run if ``--only INDEX`` is appended.
        at_once: Maximum number of tasks at a time; 0 for no limit.

    Raises:
        UserError: If an earlier array has not finished yet.
        RunError: If sbatch is missing or fails.
    """
    if is_waiting(work_dir):
        raise UserError(f'Job {_read_job(work_dir)} still trains the runs of {work_dir}. Wait.')
    logs = work_dir.absolute() / 'slurm'
    logs.mkdir(parents=True, exist_ok=True)
    script = work_dir / 'sweep.sbatch'
    limit = f'%{at_once}' if at_once else ''
    text = SCRIPT.format(
        name=work_dir.name,
        partition=partition,
        array=','.join(map(str, missing)) + limit,
        folder=Path.cwd(),
        logs=logs,
        command=shlex.join(command),
    )
    write_text(script, text)
    done = _call(['sbatch', '--parsable', str(script)])
    job = done.strip().split(';')[0]  # 'number;cluster'
    write_text(work_dir / JOB_FILE, job + '\n')
    return job


def is_waiting(work_dir: Path) -> bool:
    """Return whether the job array of a sweep has pending or running tasks."""
    if not was_submitted(work_dir):
        return False
    try:
        queue = _call(['squeue', '--noheader', '--job', _read_job(work_dir)])
    except RunError:  # SLURM forgets a job some minutes after it has finished
        return False
    return bool(queue.strip())


def _read_job(work_dir: Path) -> str:
    return (work_dir / JOB_FILE).read_text(encoding='utf-8').strip()


def _call(words: Sequence[str]) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except FileNotFoundError as err:
        raise RunError(f'There is no {words[0]} here. Run this on a node of the cluster.') from err
    except subprocess.CalledProcessError as err:
        last = (err.stderr.strip().splitlines() or ['no message'])[-1]
        raise RunError(f'{words[0]} failed: {last}') from err
    return done.stdout
