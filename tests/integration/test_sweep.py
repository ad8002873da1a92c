"""Sweeps as a user starts them: killed half-way, with a cell that fails, on a cluster."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import runpy
import signal
import statistics
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from crash_runs import fork_server
from paths import ROOT
from PIL import Image

from mmlesson.apis.experiments import workers
from mmlesson.apis.experiments.sweep import collect_rows, parse_grid, plan_runs
from mmlesson.utils.cli import run_command

TOOL = str(ROOT / 'tools/sweep.py')
LESSON = ROOT / 'configs/mlp/mlp_moons.py'
LR, DROPOUT = 'optim_wrapper.optimizer.lr', 'model.backbone.dropout'
GRID = ('--seeds', '0-2', '--grid', f'{LR}=0.1,0.01', f'{DROPOUT}=0,2', '--jobs', '2')  # 2 is wrong
SHORT = ('--cfg-options', 'train_cfg.max_epochs=20')


def start(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, TOOL, *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def members_of(session: int) -> set[int]:
    """Return the processes that began in a session, the dead ones that wait for a parent aside."""
    found = set()
    for stat in Path('/proc').glob('[0-9]*/stat'):
        try:
            fields = stat.read_text().rpartition(')')[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[3]) == session and fields[0] != 'Z':
            found.add(int(stat.parent.name))
    return found


def read_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / 'sweep.csv').open(newline='') as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope='module')
def killed(tmp_path_factory) -> tuple[Path, dict[Path, int], set[int]]:
    """A sweep, killed when two runs had finished: folder, times of their summaries, leftovers."""
    folder = tmp_path_factory.mktemp('killed') / 'sweep'
    process = start(LESSON, '--work-dir', folder, *GRID, *SHORT)
    deadline = time.monotonic() + 300
    while len(list(folder.rglob('summary.json'))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)  # ends when nothing writes to its pipes any more
    while (left := members_of(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    done = {file: file.stat().st_mtime_ns for file in folder.rglob('summary.json')}
    return folder, done, left


def run_here(*words: object) -> tuple[int, str, str]:
    """Run the tool in this process, with forked workers: its status and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(workers, 'get_context', lambda _: fork_server())
        patch.setattr(sys, 'argv', [TOOL, *map(str, words)])
        status = run_command(runpy.run_path(TOOL)['main'])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(scope='module')
def finished(killed) -> tuple[Path, tuple[int, str, str]]:
    """The same sweep, started again: folder, and how it ended."""
    return killed[0], run_here(LESSON, '--work-dir', killed[0], *GRID, *SHORT)


@pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='no /proc on this system')
def test_killed_sweep_leaves_no_process_behind(killed):
    assert killed[2] == set()


def test_restarted_sweep_trains_only_the_missing_runs(killed, finished):
    folder, done, _ = killed
    completed = [f for f in done if json.loads(f.read_text())['status'] == 'completed']
    assert 2 <= len(completed) < 6
    assert {file: file.stat().st_mtime_ns for file in completed} == {f: done[f] for f in completed}
    assert len(list(folder.rglob('summary.json'))) == 6  # the wrong ones were never built


def test_rows_are_grid_times_seeds_and_a_failing_cell_stops_no_other(finished):
    folder, (status, _, err) = finished
    rows = read_rows(folder)
    assert len(rows) == 2 * 2 * 3
    assert len({(row[LR], row[DROPOUT], row['seed']) for row in rows}) == 12
    assert {(row[DROPOUT], row['status']) for row in rows} == {('0', 'completed'), ('2', 'failed')}
    assert all(
        'MLP.dropout must be a number in [0, 1]' in row['error']
        for row in rows
        if row[DROPOUT] == '2'
    )
    assert status == 1
    assert '6 of 12 runs did not finish' in err
    assert 'Traceback' not in err


def test_table_has_the_values_of_the_run_summaries(finished):
    folder, (_, said, _) = finished
    for lr in ('0.1', '0.01'):
        runs = folder.glob(f'lr={lr},dropout=0/seed_*/summary.json')
        summaries = [json.loads(file.read_text()) for file in runs]
        for name, values in (
            ('val best accuracy/top1', [one['best']['value'] for one in summaries]),
            ('test accuracy/top1', [one['test']['accuracy/top1'] for one in summaries]),
        ):
            numbers = (np.mean(values), statistics.stdev(values), min(values), max(values))
            expected = ['3', '0', *(f'{number:.4g}' for number in numbers)]
            start = rf'lr={lr}, dropout=0 +{name} '
            (line,) = [one for one in said.splitlines() if re.match(start, one)]
            assert line.split()[-6:] == expected
    failed = [line for line in said.splitlines() if re.search('dropout=2 +- ', line)]
    assert [line.split()[-6:-4] for line in failed] == [['0', '3']] * 2


def test_sweep_draws_a_figure(finished):
    picture = np.asarray(Image.open(finished[0] / 'sweep.png').convert('L'))
    assert (picture < 128).mean() > 0.005


def test_sweep_in_the_folder_of_another_is_refused(finished):
    before = (finished[0] / 'sweep.csv').read_bytes()
    status, _, err = run_here(LESSON, '--work-dir', finished[0], '--seeds', '0', *SHORT)
    assert status == 2
    assert 'holds another sweep: 12 of its 12 runs are not in this one' in err
    assert (finished[0] / 'sweep.csv').read_bytes() == before


def test_sweep_that_another_process_trains_is_refused(tmp_path):
    from mmlesson.runs.work_dir import locked

    with locked(tmp_path):
        status, _, err = run_here(LESSON, '--work-dir', tmp_path)
    assert status == 2
    assert 'is being trained by another process' in err


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (('--grid', 'lr'), "--grid takes KEY=VALUE,VALUE, got 'lr'"),
        (('--grid', f'{LR}=1,1'), f"--grid names a value of '{LR}' twice"),
        (('--grid', f'{LR}=1', f'{LR}=2'), f"--grid names '{LR}' twice"),
        (('--grid', 'randomness.seed=1,2'), 'Use --seeds'),
        (('--seeds', 'a'), '--seeds must look like'),
        (('--folds', '1'), '--folds must be at least 2, got 1'),
        (('--jobs', '0'), 'error: --jobs must be an int >= 1'),
        (('--only', '1'), '--only must be from 0 to 0, got 1'),
        (('--search', f'{LR}=1', '--trials', '1'), '--search takes KEY=LOW..HIGH'),
        (('--search', f'{LR}=0..1:log'), 'LOW > 0 with :log'),
        (('--search', f'{LR}=1..2', '--grid', f'{LR}=1'), '--search goes with none of --grid'),
    ],
)
def test_wrong_arguments_are_a_single_line_and_create_no_files(tmp_path, words, message):
    status, _, err = run_here(LESSON, '--work-dir', tmp_path / 'sweep', *words)
    assert status == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert not [file for file in tmp_path.rglob('*') if file.name not in ('sweep', '.lock')]


def test_folds_of_a_foreign_dataset_are_refused(tmp_path):
    config = tmp_path / 'foreign.py'
    config.write_text(
        f"_base_ = ['{LESSON}']\n"
        "train_dataloader = dict(dataset=dict(_delete_=True, type='mmpretrain.MNIST'))\n"
    )
    status, _, err = run_here(config, '--folds', '5', '--work-dir', tmp_path / 'sweep')
    assert status == 2
    assert "of train_dataloader is 'mmpretrain.MNIST'" in err


def test_grid_values_are_parsed_as_options():
    cells = parse_grid(['a.lr=0.1,1e-3', 'b=(8,),[1, 2],None,"x,y"'])
    assert [cell['b'] for cell in cells[:4]] == [(8,), [1, 2], None, 'x,y']
    assert [cell['a.lr'] for cell in cells] == [0.1] * 4 + [0.001] * 4


def test_folds_of_a_sweep_validate_on_each_sample_once(tmp_path):
    from mmlesson.apis.experiments.jobs import job_config
    from mmlesson.datasets import Moons

    runs = plan_runs(LESSON, [{}], [0], 4, tmp_path)
    seen = []
    for run in runs:
        config = job_config(run.job)
        assert config.randomness.seed == 0
        options = dict(config.val_dataloader.dataset)
        assert options.pop('type') == 'Moons'
        seen += Moons(**options).splits['val'].indices.tolist()
    test = Moons('test').splits['test'].indices.tolist()
    assert sorted(seen + test) == list(range(400))
    assert {row['status'] for row in collect_rows(runs)} == {'missing'}


@pytest.fixture
def cluster(monkeypatch, tmp_path) -> Path:
    """Commands that stand in for SLURM's: sbatch notes what it was given, squeue answers a file."""
    commands = tmp_path / 'bin'
    commands.mkdir()
    (tmp_path / 'queue').write_text('')
    for name, body in (
        ('sbatch', f'cp "$2" {tmp_path}/submitted; echo "7;here"'),
        ('squeue', f'cat {tmp_path}/queue'),
    ):
        (commands / name).write_text(f'#!/bin/sh\n{body}\n')
        (commands / name).chmod(0o755)
    monkeypatch.setenv('PATH', f'{commands}:{os.environ["PATH"]}')
    return tmp_path


def test_array_on_slurm_trains_one_run_per_task_and_is_collected(cluster):
    folder = cluster / 'sweep'
    words = [LESSON, '--seeds', '0,1', '--work-dir', folder]
    words += ['--cfg-options', 'train_cfg.max_epochs=1']
    status, said, _ = run_here(*words, '--slurm', 'gpu', '--jobs', '3')
    assert status == 0
    assert 'Submitted job 7: 2 runs' in said
    script = (cluster / 'submitted').read_text()
    assert '#SBATCH --array=0,1%3\n' in script
    assert '#SBATCH --partition=gpu\n' in script
    assert '--slurm' not in script

    (cluster / 'queue').write_text('7_[0-1] gpu\n')
    status, _, err = run_here(*words, '--slurm', 'gpu')
    assert status == 2
    assert 'Job 7 still trains the runs' in err
    done = subprocess.run(
        ['bash', '-c', script], env={**os.environ, 'SLURM_ARRAY_TASK_ID': '1'}, check=False
    )
    assert done.returncode == 0
    status, said, err = run_here(*words)
    assert status == 1
    assert 'The job array has not ended yet' in said
    row = next(line for line in said.splitlines() if 'test loss' in line)
    assert row.split('test loss')[1].split()[:3] == ['1', '0', '1']  # runs, failed, missing
    assert '1 of 2 runs did not finish' in err
    assert [row['status'] for row in read_rows(folder)] == ['missing', 'completed']

    (cluster / 'queue').write_text('')
    assert '--slurm submits what did not finish again' in run_here(*words)[1]
    status, said, _ = run_here(*words, '--slurm', 'gpu')
    assert 'Submitted job 7: 1 runs' in said
    assert '#SBATCH --array=0%1\n' in (cluster / 'submitted').read_text()


def test_interrupted_search_continues(tmp_path):
    words = [LESSON, '--search', f'{LR}=1e-3..0.3:log', '--work-dir', tmp_path / 'sweep']
    words += ['--cfg-options', 'train_cfg.max_epochs=3']
    status, said, err = run_here(*words, '--trials', '2')
    assert status == 0, err
    first = read_rows(tmp_path / 'sweep')
    status, said, _ = run_here(*words, '--trials', '4')
    assert status == 0
    rows = read_rows(tmp_path / 'sweep')
    assert rows[:2] == first
    assert len({row[LR] for row in rows}) == 4
    assert all(1e-3 <= float(row[LR]) <= 0.3 for row in rows)
    best = max(float(row['val best accuracy/top1']) for row in rows)
    assert f'best trial: val best accuracy/top1 {best:.4g}' in said
    status, _, err = run_here(*words, '--seeds', '3', '--trials', '4')
    assert status == 2
    assert 'holds another search' in err


def test_search_without_optuna_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'optuna', None)
    status, _, err = run_here(LESSON, '--search', f'{LR}=0.1..1', '--work-dir', tmp_path / 'sweep')
    assert status == 2
    assert 'pip install "mmlesson[search]"' in err
