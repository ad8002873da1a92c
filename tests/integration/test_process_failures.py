"""When one of several processes fails, all end, soon, and say once why."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from crash_runs import Command
from forked import fork_ranks, run_forked
from paths import ROOT

CNN = ROOT / 'configs/cnn/cnn_digits.py'  # with batch norm and dropout: much to put back


def begin(grace: int) -> None:
    """Let torchrun fork its ranks, and write both streams to the same file."""
    os.dup2(1, 2)
    fork_ranks(grace)


def start(work_dir: Path, config: Path, *flags: str, grace: int = 30) -> Command:
    """Start the launcher of two ranks; all are forked."""
    work_dir.parent.mkdir(exist_ok=True, parents=True)
    words = ['tools/dist_launch.py', '2', 'tools/train.py', config, '--launcher', 'pytorch']
    words += ['--device', 'cpu', '--work-dir', work_dir, *flags]
    return Command(list(map(str, words)), work_dir, before=partial(begin, grace))


def short(**options: object) -> list[str]:
    ours = {
        'default_hooks.visualization': None,
        'train_cfg.max_epochs': 8,
        'train_dataloader.batch_size': 16,
        **options,
    }
    return ['--cfg-options', *(f'{key}={value}' for key, value in ours.items())]


def status_of(process: int) -> list[str]:
    """Return the words of /proc on a process: its state, its parent and so on; [] if it ended."""
    try:
        words = Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return []
    return [] if words[0] == 'Z' else words


def ranks_of(run: Command) -> list[int]:
    """Return the processes of the two ranks, as soon as there are two."""
    found: list[int] = []

    def look() -> bool:
        everyone = (int(entry.name) for entry in Path('/proc').glob('[0-9]*'))
        found[:] = (p for p in everyone if status_of(p)[1:2] == [str(run.process.pid)])
        return len(found) == 2 or run.status is not None

    wait_for(look)
    return found


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
    run = start(tmp_path / 'run', config, *short(), grace=3 if 'hang' in how else 30)
    ranks = ranks_of(run)
    assert run.wait() == status
    assert not any(map(status_of, ranks))
    log = run.out
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
    time.sleep(chance.uniform(0, 0.5))
    os.kill(chance.choice(ranks_of(run)), signal.SIGKILL)
    assert run.wait() == 0
    assert result(tmp_path / 'run') == uninterrupted
    assert 'Resumed' in run.out


def test_sigterm_saves_in_all_processes_and_the_resumed_run_is_the_same(uninterrupted, tmp_path):
    run = start(tmp_path / 'run', CNN, *short())
    wait_for((tmp_path / 'run' / 'epoch_2.pth').exists)
    run.send(signal.SIGTERM)
    assert run.wait() == 143
    saved = (tmp_path / 'run' / 'last_checkpoint').read_text()
    assert '_iter_' in saved
    assert run.out.count('Saved epoch_') == 1
    assert start(tmp_path / 'run', CNN, '--resume', 'auto', *short()).wait() == 0
    ours = result(tmp_path / 'run')
    # Batch norm's averages over the processes were taken once more: equal but for rounding.
    assert ours['test'] == pytest.approx(uninterrupted['test'], abs=1e-4)
    assert (ours['status'], ours['epochs']) == ('completed', uninterrupted['epochs'])


@pytest.mark.skipif(sys.platform != 'linux', reason='needs Linux')
def test_processes_exit_when_their_launcher_is_killed(tmp_path):
    run = start(tmp_path / 'run', CNN, *short(**{'train_cfg.max_epochs': 500}))
    wait_for((tmp_path / 'run' / 'last_checkpoint').exists)
    ranks = ranks_of(run)
    run.send(signal.SIGKILL)
    run.wait()
    wait_for(lambda: not any(map(status_of, ranks)))


def test_user_error_is_a_single_line_with_two_processes(tmp_path):
    run = start(tmp_path / 'run', CNN, '--cfg-options', 'model.backbone.pool=maxx')
    assert run.wait() == 2
    log = run.out
    assert log.count('error: ') == 1
    assert "CNN.pool must be one of 'max', 'avg', got 'maxx'" in log
    assert 'Traceback' not in log


def test_torchrun_without_our_launcher_flag_is_reported(tmp_path):
    words = ('tools/dist_launch.py', 2, 'tools/train.py', CNN, '--work-dir', tmp_path / 'run')
    done = run_forked(*words, before=fork_ranks)
    assert 'Add --launcher pytorch.' in done.stderr
    assert not (tmp_path / 'run').exists()
