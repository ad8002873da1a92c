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
    """Return whether the runs of a sweep are trained on a cluster."""
    return (work_dir / JOB_FILE).is_file()


def submit_array(
    missing: Sequence[int], work_dir: Path, partition: str, command: Sequence[str], at_once: int
) -> str:
    """Submit one array of the runs that are missing; return what SLURM calls it.

    Time limit, memory, GPUs and account are taken from SBATCH_… variables, as sbatch does.

    Args:
        missing: Indices of runs.
        work_dir: Of the sweep; the script, SLURM's logs and the job's number go there.
        partition: SLURM partition.
        command: Trains one run, when ``--only INDEX`` is added.
        at_once: Tasks that may run at a time; 0 for as many as there is room for.

    Raises:
        UserError: If an earlier array has not ended yet.
        RunError: If there is no sbatch, or it refuses.
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
    """Return whether the job array of a sweep has tasks that wait or run."""
    if not was_submitted(work_dir):
        return False
    try:
        queue = _call(['squeue', '--noheader', '--job', _read_job(work_dir)])
    except RunError:  # SLURM forgets a job some minutes after its end
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
