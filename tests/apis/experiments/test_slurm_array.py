"""Job arrays: what is submitted, and what SLURM answers."""

from __future__ import annotations

import subprocess

import pytest

from mmlesson.apis.experiments import slurm_array
from mmlesson.errors import RunError, UserError


@pytest.fixture
def cluster(monkeypatch):
    """Replace SLURM's commands by answers; return the answers by command."""
    answers = {'sbatch': '42;main\n', 'squeue': ''}

    def run(words, **_):
        answer = answers[words[0]]
        if isinstance(answer, Exception):
            raise answer
        return subprocess.CompletedProcess(words, 0, answer, '')

    monkeypatch.setattr(subprocess, 'run', run)
    return answers


def submit(work_dir, at_once=0):
    command = ['python', 'my sweep.py', '--seeds', '0-9']
    return slurm_array.submit_array([1, 4], work_dir, 'gpu', command, at_once)


def test_script_has_the_missing_runs_and_the_quoted_command(cluster, tmp_path):
    assert submit(tmp_path) == '42'
    lines = (tmp_path / 'sweep.sbatch').read_text().splitlines()
    assert '#SBATCH --array=1,4' in lines
    assert '#SBATCH --partition=gpu' in lines
    words = "python 'my sweep.py' --seeds 0-9"
    assert lines[-1] == f'exec {words} --only "$SLURM_ARRAY_TASK_ID"'


def test_number_of_tasks_at_a_time_is_limited(cluster, tmp_path):
    submit(tmp_path, at_once=2)
    assert '--array=1,4%2\n' in (tmp_path / 'sweep.sbatch').read_text()


def test_unfinished_array_is_not_submitted_again(cluster, tmp_path):
    submit(tmp_path)
    cluster['squeue'] = '42_[1,4] gpu\n'
    assert slurm_array.is_waiting(tmp_path)
    with pytest.raises(UserError, match='Job 42 still trains'):
        submit(tmp_path)


def test_job_unknown_to_slurm_has_finished(cluster, tmp_path):
    submit(tmp_path)
    cluster['squeue'] = subprocess.CalledProcessError(1, 'squeue', stderr='Invalid job id')
    assert slurm_array.was_submitted(tmp_path)
    assert not slurm_array.is_waiting(tmp_path)


def test_error_is_the_last_line_of_sbatch(cluster, tmp_path):
    cluster['sbatch'] = subprocess.CalledProcessError(1, 'sbatch', stderr='a\nno such partition\n')
    with pytest.raises(RunError, match='sbatch failed: no such partition'):
        submit(tmp_path)
    assert not slurm_array.was_submitted(tmp_path)


def test_machine_without_slurm_is_refused(cluster, tmp_path):
    cluster['sbatch'] = FileNotFoundError()
    with pytest.raises(RunError, match='There is no sbatch here'):
        submit(tmp_path)
