"""The commands, as a user types them."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from crash_runs import Command
from forked import run_forked
from paths import ROOT
from rich.cells import cell_len

from mmlesson.__main__ import load_tool
from mmlesson.errors import UserError
from mmlesson.tasks import DETECTION, KEYPOINTS, SEGMENTATION

LESSON = 'configs/mlp/mlp_moons.py'
QUICK = ('--cfg-options', 'train_cfg.max_epochs=2', 'default_hooks.visualization=None')


def run(tool: str, *args: object) -> subprocess.CompletedProcess[str]:
    return run_forked(f'tools/{tool}', *args)


def one_line_error(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2
    assert 'Traceback' not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith('error: ')]
    assert len(lines) == 1
    return lines[0]


@pytest.fixture(scope='module')
def trained(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('trained') / 'run'
    options = ['--work-dir', str(folder), *QUICK]
    command = [sys.executable, 'tools/train.py', LESSON, *options]  # the command as it is
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 'best epoch' in done.stdout
    return folder


def test_train_writes_the_documented_run_folder(trained):
    summary = json.loads((trained / 'summary.json').read_text())
    assert summary['status'] == 'completed'
    assert summary['epochs'] == 2
    assert summary['best']['checkpoint'] in {file.name for file in trained.iterdir()}
    assert {split: facts['size'] for split, facts in summary['splits'].items()} == {
        'train': 240,
        'val': 80,
        'test': 80,
    }
    assert (trained / 'last_checkpoint').read_text() == 'epoch_2.pth\n'
    (scalars,) = trained.glob('*/vis_data/scalars.json')
    rows = [json.loads(line) for line in scalars.read_text().splitlines()]
    assert sum('val/loss' in row for row in rows) == 2
    assert sum('train/accuracy/top1' in row for row in rows) == 2


def test_test_metrics_are_those_of_the_training_for_the_last_weights(trained, tmp_path):
    out = tmp_path / 'm.json'
    done = run('test.py', LESSON, trained / 'epoch_2.pth', '--out', out)
    assert done.returncode == 0, done.stderr
    summary = json.loads((trained / 'summary.json').read_text())
    written = json.loads(out.read_text())
    assert {name: written[name] for name in summary['test']} == pytest.approx(summary['test'])


def test_data_without_labels_cannot_be_tested_on(trained, tmp_path):
    np.save(tmp_path / 'points.npy', np.zeros((3, 2), np.float32))
    done = run('test.py', LESSON, trained, '--data', tmp_path / 'points.npy')
    assert 'has no label. Give a folder' in one_line_error(done)


def test_train_in_a_folder_with_a_run_is_refused(trained):
    before = (trained / 'summary.json').read_bytes()
    assert 'holds a run already' in one_line_error(run('train.py', LESSON, '--work-dir', trained))
    assert (trained / 'summary.json').read_bytes() == before


def test_test_with_a_foreign_checkpoint_prints_no_accuracy(tmp_path):
    file = tmp_path / 'foreign.pth'
    torch.save({'state_dict': {'conv.weight': torch.zeros(1)}}, file)
    done = run('test.py', LESSON, file)
    assert 'does not fit the model of this config' in one_line_error(done)
    assert 'accuracy' not in done.stdout


def test_test_on_training_data_is_refused(trained):
    done = run(
        'test.py',
        LESSON,
        trained / 'epoch_2.pth',
        '--cfg-options',
        'test_dataloader.dataset.split=train',
    )
    assert 'holds 240 samples of the training data' in one_line_error(done)
    assert 'accuracy' not in done.stdout


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (('configs/mlp/mlp_mons.py',), 'Did you mean configs/mlp/mlp_moons.py'),
        ((LESSON, '--device', 'gpu'), 'device must be auto, cpu, cuda, cuda:N or mps'),
        ((LESSON, '--resume', 'nothing.pth'), 'no checkpoint at nothing.pth'),
        ((LESSON, '--cfg-options', 'max_epochs'), 'takes KEY=VALUE'),
    ],
)
def test_train_with_bad_input_is_a_single_error_line(args, message, tmp_path):
    done = run('train.py', *args, '--work-dir', tmp_path / 'run')
    assert message in one_line_error(done)


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs a machine without CUDA')
def test_train_on_missing_cuda_is_a_single_error_line(tmp_path):
    done = run('train.py', LESSON, '--device', 'cuda', '--work-dir', tmp_path / 'run')
    assert 'torch sees 0 CUDA device(s)' in one_line_error(done)


def test_print_config_shows_sources_and_issues():
    done = run('analysis/print_config.py', LESSON, '--diff', '--cfg-options', '+train_cfg.epochs=1')
    line = next(one for one in done.stdout.splitlines() if one.startswith('train_cfg.epochs'))
    assert line.split() == [
        'train_cfg.epochs:',
        '(not',
        'set)',
        '->',
        '1',
        '#',
        'command',
        'line',
    ]
    error = one_line_error(done)
    assert error.startswith(
        'error: command line: train_cfg.epochs: LessonEpochLoop has no argument'
    )


def test_images_of_a_config_with_a_mistake_are_not_saved(tmp_path):
    lesson = tmp_path / 'lesson.py'
    lesson.write_text(f"_base_ = ['{ROOT}/configs/cnn/cnn_digits.py']\ntrain_cgf = dict()\n")
    error = one_line_error(run('data/save_pictures.py', lesson, tmp_path / 'out'))
    assert error.endswith("train_cgf: is an unknown key. Did you mean 'train_cfg'?")
    assert not (tmp_path / 'out').exists()


def test_options_given_twice_are_both_taken(tmp_path):
    """The second used to replace the first silently."""
    options = ['--cfg-options', 'train_cfg.max_epochs=1', '--cfg-options', 'randomness.seed=7']
    done = run('analysis/print_config.py', LESSON, *options)
    assert done.returncode == 0, done.stderr
    lines = [' '.join(line.split()) for line in done.stdout.splitlines()]
    assert 'train_cfg.max_epochs = 1 # command line' in lines
    assert 'randomness.seed = 7 # command line' in lines


def sit_at(name: str) -> None:
    """Let standard output and error be a terminal, in the size that it has."""
    terminal = os.open(name, os.O_RDWR | os.O_NOCTTY)
    for stream in (1, 2):
        os.dup2(terminal, stream)
    for size in ('COLUMNS', 'LINES'):
        os.environ.pop(size, None)
    os.environ['TERM'] = 'xterm'
    warnings.filterwarnings('error', 'Converting a tensor')


@pytest.fixture
def on_terminal(tmp_path):
    """Return a function that runs a tool on a terminal of a width, and returns what it shows."""
    if sys.platform == 'win32':
        pytest.skip('no pseudo-terminal on Windows')
    import fcntl
    import pty
    import struct
    import termios

    def show(columns, *words):
        master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
        before = partial(sit_at, os.ttyname(terminal))
        command = Command(list(map(str, words)), tmp_path / 'log', before=before)
        shown = b''
        while command.status is None or select.select([master], [], [], 0)[0]:
            if select.select([master], [], [], 0.05)[0]:
                shown += os.read(master, 4096)
        os.close(terminal)
        os.close(master)
        text = shown.decode(errors='replace')
        assert command.status == 0, text
        return text

    return show


@pytest.mark.parametrize('columns', [40, 80])
def test_training_on_a_terminal_shows_the_lesson_and_a_line_per_epoch(
    tmp_path, on_terminal, columns
):
    lesson = tmp_path / 'lesson.py'
    lesson.write_text(
        f'"""异或问题：一层隐藏单元就能分开直线分不开的类别，这是一句很长很长很长的说明。"""\n'
        f"_base_ = ['{ROOT}/configs/mlp/mlp_xor.py']\n",
        encoding='utf-8',
    )
    work_dir = tmp_path / 'run'
    text = on_terminal(columns, 'tools/train.py', lesson, '--work-dir', work_dir, *QUICK)
    plain = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text.replace('\x1b[2K', '\n'))
    lines = re.split(r'[\r\n]+', plain)
    assert max(map(cell_len, lines[1:])) <= columns  # the first is the title, which wraps
    assert 'Warning' not in text
    assert 'sha256' not in text
    assert 'INFO' not in text
    assert {f'epoch {epoch}/2' for epoch in (1, 2)} <= {line.partition('  ')[0] for line in lines}
    assert '这是一句很长很长很长的说明' in ''.join(plain.split())
    (log,) = work_dir.glob('*/*.log')
    assert {'sha256', 'ProgressHook'} <= set(re.findall(r'sha256|ProgressHook', log.read_text()))


def test_verbose_training_on_a_terminal_prints_the_log(tmp_path, on_terminal):
    words = ('tools/train.py', LESSON, '--verbose', '--work-dir', tmp_path / 'run', *QUICK)
    text = on_terminal(80, *words)
    assert 'sha256' in text
    assert 'INFO' in text
    assert 'epoch 2/2' in text


@pytest.mark.parametrize('task', [KEYPOINTS, SEGMENTATION])
def test_min_confidence_is_refused_where_objects_have_no_score(task):
    predict = load_tool('predict')
    predict.require_scores(DETECTION)
    with pytest.raises(UserError, match=f'needs scores, which {task.name} does not have'):
        predict.require_scores(task)
