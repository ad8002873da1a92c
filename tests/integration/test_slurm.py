"""The launchers on a real SLURM of one machine: train, test, pre-emption, requeue."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forked import run_forked
from paths import ROOT

MLP = 'configs/mlp/mlp_digits.py'
CNN = 'configs/cnn/cnn_digits.py'
SHORT = (
    *('--device', 'cpu', '--cfg-options', 'train_cfg.max_epochs=6'),
    *('train_dataloader.batch_size=8', 'default_hooks.visualization=None'),
)
pytestmark = pytest.mark.external('slurmctld', root=True)


@pytest.fixture(scope='module')
def slurm(tmp_path_factory) -> Iterator[Callable[..., str]]:
    """Return a function that runs a command on the cluster and gives what it prints."""
    folder = tmp_path_factory.mktemp('slurm')
    cluster = ROOT / 'tests' / 'integration' / 'slurm_cluster.sh'
    environment = {
        'SLURM_CONF': str(folder / 'slurm.conf'),
        'PYTHON': sys.executable,
        'PYTHONPATH': str(ROOT),
        'GPUS': '2',
        'CPUS_PER_TASK': '1',
    }

    def run(*words: object, status: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            list(map(str, words)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode in status, done.stdout + done.stderr
        return done.stdout + done.stderr

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            run(cluster, 'start', folder)
            yield run
        finally:
            run(cluster, 'stop', folder)


@pytest.fixture(scope='module')
def whole(slurm, tmp_path_factory) -> Path:
    """The folder of a run that two tasks have trained."""
    folder = tmp_path_factory.mktemp('trained') / 'run'
    slurm('tools/slurm_train.sh', 'low', 'lesson', CNN, '--work-dir', folder, *SHORT)
    return folder


def submit(slurm: Callable[..., str], partition: str, tasks: int, out: Path, command: str) -> str:
    options = ['--requeue', '--open-mode=append', '-p', partition, '-n', str(tasks), '-o', out]
    return slurm('sbatch', '--parsable', *options, '--wrap', command).strip()


def wait_for(condition: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def status(work_dir: Path) -> str | None:
    file = work_dir / 'summary.json'
    return json.loads(file.read_text())['status'] if file.exists() else None


def test_trains_and_tests_in_two_tasks(slurm, whole, tmp_path):
    summary = json.loads((whole / 'summary.json').read_text())
    assert (summary['status'], summary['world_size']) == ('completed', 2)
    out = tmp_path / 'metrics.json'
    words = ('low', 'lesson', CNN, whole / 'epoch_6.pth', '--device', 'cpu', '--out', out)
    slurm('tools/slurm_test.sh', *words)
    written = json.loads(out.read_text())
    shared = {name: written[name] for name in summary['test']}
    assert shared == pytest.approx(summary['test'], abs=1e-6)


def test_mistake_stops_the_job_and_is_reported_once(slurm, tmp_path):
    words = ('low', 'lesson', 'configs/mlp/mlp_digit.py', '--device', 'cpu')
    # 2, or 143 for the task that srun ended while it was about to say the same.
    said = slurm('tools/slurm_train.sh', *words, status=(2, 143))
    assert said.count('Did you mean configs/mlp/mlp_digits.py?') == 1


def test_preempted_job_is_requeued_and_finishes_as_uninterrupted(slurm, whole, tmp_path):
    run, flags = tmp_path / 'run', ' '.join(SHORT)
    command = f'tools/slurm_train.sh low lesson {CNN} --work-dir {run} {flags}'
    job = submit(slurm, 'low', 2, tmp_path / 'out.log', command)
    wait_for((run / 'epoch_2.pth').exists)
    submit(slurm, 'high', 4, tmp_path / 'high.log', 'true')  # the whole machine
    wait_for(lambda: status(run) == 'interrupted')
    wait_for(lambda: 'BeginTime' in slurm('squeue', '-h', '-j', job, '-o', '%r'))
    time.sleep(5)  # the end of the first start must not be taken for that of the second
    slurm('scontrol', 'update', f'JobId={job}', 'StartTime=now')  # SLURM would wait two minutes
    wait_for(lambda: status(run) == 'completed')
    log = (tmp_path / 'out.log').read_text()
    assert 'Resumed' in log
    ours, theirs = (json.loads((f / 'summary.json').read_text()) for f in (run, whole))
    assert ours['test'] == pytest.approx(theirs['test'], abs=1e-4)
    assert ours['iterations'] == theirs['iterations']
    assert ours['best']['epoch'] == theirs['best']['epoch']


def test_sweep_is_one_job_array(slurm, tmp_path):
    grid = ('--seeds', '0-1', '--grid', 'train_cfg.max_epochs=2')
    words = ('tools/sweep.py', MLP, '--work-dir', tmp_path / 'sweep', *grid)
    words += ('--cfg-options', 'default_hooks.visualization=None')
    submitted = run_forked(*words, '--slurm', 'low')
    assert submitted.returncode == 0, submitted.stderr
    wait_for(lambda: not slurm('squeue', '-h').strip())
    collected = run_forked(*words)
    assert collected.returncode == 0, collected.stderr
    rows = (tmp_path / 'sweep' / 'sweep.csv').read_text().splitlines()
    assert len(rows) == 3
    assert all('completed' in row for row in rows[1:])
