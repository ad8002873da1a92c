"""When one of several processes fails, all end, soon, and say once why."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paths import ROOT

CNN = ROOT / 'configs/cnn/cnn_digits.py'  # with batch norm and dropout: much to put back


def start(work_dir: Path, config: Path, *flags: str) -> subprocess.Popen[str]:
    work_dir.parent.mkdir(exist_ok=True, parents=True)
    environment = {**os.environ, 'PYTHONPATH': f'{Path(__file__).parent}:{ROOT}'}
    with (work_dir.parent / f'{work_dir.name}.log').open('w') as log:
        return subprocess.Popen(
            ['tools/dist_train.sh', config, '2', '--device', 'cpu', '--work-dir', work_dir, *flags],
            cwd=ROOT,
            env={**environment, 'PYTHON': sys.executable},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )


def short(**options: object) -> list[str]:
    ours = {
        'default_hooks.visualization': None,
        'train_cfg.max_epochs': 12,
        'train_dataloader.batch_size': 16,
        **options,
    }
    return ['--cfg-options', *(f'{key}={value}' for key, value in ours.items())]


def processes_of(work_dir: Path) -> list[int]:
    """Return the training processes whose command line names a folder."""
    found = []
    for entry in Path('/proc').glob('[0-9]*'):
        try:
            words = (entry / 'cmdline').read_bytes().split(b'\0')
        except OSError:
            continue
        if str(work_dir).encode() in words and b'tools/train.py' in b' '.join(words[:4]):
            found.append(int(entry.name))
    launcher = [pid for pid in found if b'dist_launch' in Path(f'/proc/{pid}/cmdline').read_bytes()]
    return [pid for pid in found if pid not in launcher]


def result(work_dir: Path) -> dict[str, object]:
    summary = json.loads((work_dir / 'summary.json').read_text())
    return {key: summary[key] for key in ('status', 'epochs', 'best', 'test', 'weights_sha256')}


def wait_for(condition, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope='module')
def uninterrupted(tmp_path_factory) -> dict[str, object]:
    work_dir = tmp_path_factory.mktemp('whole') / 'run'
    assert start(work_dir, CNN, *short()).wait() == 0
    return result(work_dir)


@pytest.mark.parametrize(
    ('how', 'status', 'said'),
    [
        ('raise', 1, 'ZeroDivisionError: planted'),
        ('nan', 1, 'error: loss is nan at epoch 2, iteration 41'),
        ('kill', 137, 'error: The connection to another process was lost'),
        ('hang', 1, 'error: Another process did not answer in time'),
        ('hang while others wait', 1, 'error: Another process did not answer in time'),
    ],
)
def test_failed_process_stops_all_and_is_reported_once(tmp_path, how, status, said):
    config = tmp_path / 'failing.py'
    config.write_text(
        f"_base_ = [{str(CNN)!r}]\ncustom_imports = dict(imports=['failing_rank'])\n"
        f"custom_hooks = [dict(type='FailingRank', rank=1, iteration=40, how='{how}')]\n"
        'env_cfg = dict(dist_cfg=dict(timeout=5))\n'
    )
    run = start(tmp_path / 'run', config, *short())
    wait_for((tmp_path / 'run' / 'epoch_1.pth').exists)
    began = time.monotonic()
    assert run.wait(timeout=90) == status
    assert time.monotonic() - began < 60
    assert processes_of(tmp_path / 'run') == []
    log = (tmp_path / 'run.log').read_text()
    assert log.count(said) == 1
    assert log.count('Traceback') == (how == 'raise')
    summary = json.loads((tmp_path / 'run' / 'summary.json').read_text())
    assert summary['status'] == 'failed'
    if how in ('raise', 'nan'):
        assert 'rank 1: ' in summary['error']


@pytest.mark.parametrize(
    'seed', [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 10))]
)
def test_killed_process_is_restarted_and_the_run_finishes_as_uninterrupted(
    uninterrupted, tmp_path, seed
):
    chance = random.Random(seed)
    run = start(tmp_path / 'run', CNN, '--max-restarts', '1', *short())
    wait_for((tmp_path / 'run' / 'last_checkpoint').exists)
    time.sleep(chance.uniform(0, 1))
    os.kill(chance.choice(processes_of(tmp_path / 'run')), signal.SIGKILL)
    assert run.wait(timeout=120) == 0
    assert result(tmp_path / 'run') == uninterrupted
    assert 'Resumed' in (tmp_path / 'run.log').read_text()


def test_sigterm_saves_in_all_processes_and_the_resumed_run_is_the_same(uninterrupted, tmp_path):
    run = start(tmp_path / 'run', CNN, *short())
    wait_for((tmp_path / 'run' / 'epoch_2.pth').exists)
    run.send_signal(signal.SIGTERM)
    assert run.wait(timeout=60) == 143
    saved = (tmp_path / 'run' / 'last_checkpoint').read_text()
    assert '_iter_' in saved
    assert (tmp_path / 'run.log').read_text().count('Saved epoch_') == 1
    assert start(tmp_path / 'run', CNN, '--resume', 'auto', *short()).wait() == 0
    ours = result(tmp_path / 'run')
    # Batch norm's averages over the processes were taken once more: equal but for rounding.
    assert ours['test'] == pytest.approx(uninterrupted['test'], abs=1e-4)
    assert (ours['status'], ours['epochs']) == ('completed', uninterrupted['epochs'])


@pytest.mark.skipif(sys.platform != 'linux', reason='needs Linux')
def test_processes_exit_when_their_launcher_is_killed(tmp_path):
    run = start(tmp_path / 'run', CNN, *short(**{'train_cfg.max_epochs': 500}))
    wait_for((tmp_path / 'run' / 'last_checkpoint').exists)
    run.kill()
    run.wait()
    wait_for(lambda: not processes_of(tmp_path / 'run'), seconds=20)


def test_user_error_is_a_single_line_with_two_processes(tmp_path):
    run = start(tmp_path / 'run', CNN, '--cfg-options', 'model.backbone.pool=maxx')
    assert run.wait() == 2
    log = (tmp_path / 'run.log').read_text()
    assert log.count('error: ') == 1
    assert "CNN.pool must be one of 'max', 'avg', got 'maxx'" in log
    assert 'Traceback' not in log


def test_torchrun_without_our_launcher_flag_is_reported(tmp_path):
    command = ['torch.distributed.run', '--standalone', '--nproc-per-node', '2', 'tools/train.py']
    done = subprocess.run(
        [sys.executable, '-m', *command, str(CNN), '--work-dir', str(tmp_path / 'run')],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Add --launcher pytorch.' in done.stderr
    assert not (tmp_path / 'run').exists()
