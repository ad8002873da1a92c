"""What launchers say of a process's place, and real MPI and FSDP runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from paths import ROOT

from mmlesson.engine.distributed import launcher_env
from mmlesson.errors import UserError

TORCHRUN = ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'LOCAL_WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT')


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(('SLURM_', 'OMPI_', 'TORCHELASTIC_', 'OMP_', 'MKL_')):
            monkeypatch.delenv(name)
    for name in (*TORCHRUN, 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'GLOO_SOCKET_IFNAME'):
        monkeypatch.setenv(name, '')  # so that it is put back after the test
        monkeypatch.delenv(name)


def test_slurm_on_one_machine(monkeypatch):
    said = {'PROCID': 3, 'NTASKS': 4, 'LOCALID': 1, 'NNODES': 1, 'JOB_ID': 5, 'CPUS_PER_TASK': 7}
    for name, value in said.items():
        monkeypatch.setenv(f'SLURM_{name}', str(value))
    launcher_env.set_rank_env('slurm')
    place = [os.environ[name] for name in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR')]
    assert place == ['3', '4', '1', '127.0.0.1']
    assert os.environ['OMP_NUM_THREADS'] == '7'
    port = os.environ.pop('MASTER_PORT')
    monkeypatch.setenv('SLURM_JOB_ID', '6')
    launcher_env.set_rank_env('slurm')
    assert os.environ['MASTER_PORT'] != port  # two jobs on a machine do not meet


def test_mpi_over_machines_needs_an_address(monkeypatch):
    said = {'RANK': 1, 'SIZE': 4, 'LOCAL_RANK': 1, 'LOCAL_SIZE': 2}
    for name, value in said.items():
        monkeypatch.setenv(f'OMPI_COMM_WORLD_{name}', str(value))
    with pytest.raises(UserError, match='needs MASTER_ADDR'):
        launcher_env.set_rank_env('mpi')
    monkeypatch.setenv('MASTER_ADDR', '10.0.0.1')
    launcher_env.set_rank_env('mpi')
    assert os.environ['RANK'] == '1'


@pytest.mark.parametrize('launcher', ['pytorch', 'slurm', 'mpi'])
def test_missing_launcher_environment_is_reported(launcher):
    with pytest.raises(UserError, match=f'--launcher {launcher} needs .* Start by '):
        launcher_env.set_rank_env(launcher)


def test_interface_that_reaches_the_master_is_used(monkeypatch):
    monkeypatch.setenv('MASTER_ADDR', '127.0.0.1')
    launcher_env.use_interface_of_master()
    assert os.environ['GLOO_SOCKET_IFNAME'] == 'lo'
    monkeypatch.setenv('GLOO_SOCKET_IFNAME', 'mine')
    launcher_env.use_interface_of_master()
    assert os.environ['GLOO_SOCKET_IFNAME'] == 'mine'


def run(*words: object) -> str:
    environment = {**os.environ, 'PYTHON': sys.executable, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run(
        list(map(str, words)),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.external('mpirun')
def test_mpi_trains_in_two_processes(tmp_path):
    mpirun = ['mpirun', '--allow-run-as-root', '--oversubscribe', '-n', 2, sys.executable]
    flags = ['--launcher', 'mpi', '--device', 'cpu', '--work-dir', tmp_path / 'run']
    options = ['--cfg-options', 'train_cfg.max_epochs=1', 'default_hooks.visualization=None']
    run(*mpirun, 'tools/train.py', 'configs/mlp/mlp_digits.py', *flags, *options)
    summary = json.loads((tmp_path / 'run' / 'summary.json').read_text())
    assert (summary['status'], summary['world_size']) == ('completed', 2)


def test_fsdp_trains_in_two_processes(tmp_path):
    flags = ['--device', 'cpu', '--work-dir', tmp_path / 'run']
    options = ['--cfg-options', 'train_cfg.max_epochs=10', 'optim_wrapper.optimizer.lr=0.01']
    run('tools/dist_train.sh', 'configs/mlp/mlp_fsdp.py', 2, *flags, *options)
    (scalars,) = (tmp_path / 'run').glob('*/vis_data/scalars.json')
    rows = [json.loads(line) for line in scalars.read_text().splitlines()]
    accuracies = [row['accuracy/top1'] for row in rows if 'lr' not in row]
    assert accuracies[-1] > 95
    assert (tmp_path / 'run' / 'epoch_10.pth').exists()
