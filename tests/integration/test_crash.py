"""Runs that are killed, interrupted or starved of disk lose nothing: the short form.

The long one is `python tests/integration/crash_runs.py kill`, `truncate` and `disk-full`.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import crash_runs
import pytest
import torch
from crash_runs import Command, Lesson, Reference

CNN = Lesson('cnn', 'cnn/cnn_digits.py', ('train_cfg.max_epochs=5',))
# The loss falls from epoch to epoch, so each of them is a new best.
MOONS = Lesson(
    'moons',
    'mlp/mlp_moons.py',
    ('train_cfg.max_epochs=25', 'default_hooks.checkpoint.save_best=loss'),
)
SHORT = Lesson('short', MOONS.config, ('train_cfg.max_epochs=5', MOONS.options[1]))


@dataclass(frozen=True)
class SignalBefore:
    """Sends its own process a signal right before an operation on a file, from epoch 3 on."""

    event: str
    name: str
    number: int = signal.SIGKILL

    def __call__(self) -> None:
        sys.addaudithook(self._look)

    def _look(self, event: str, args: tuple) -> None:
        if event != self.event or Path(args[0]).name != self.name:
            return
        if 'epoch_3' in self.name or Path(args[0]).with_name('epoch_3.pth').exists():
            os.kill(os.getpid(), self.number)


@pytest.fixture(scope='module')
def reference(tmp_path_factory):
    """Return a function that gives the uninterrupted run of a lesson, trained once."""
    known: dict[Lesson, Reference] = {}

    def give(lesson: Lesson) -> Reference:
        if lesson not in known:
            known[lesson] = Reference.of(lesson, tmp_path_factory.mktemp('whole'))
        return known[lesson]

    return give


def error_line(command: Command, status: int) -> str:
    assert command.wait() == status, command.err
    assert 'Traceback' not in command.out + command.err
    (line,) = command.err.splitlines()
    assert line.startswith('error: ')
    return line


@pytest.mark.parametrize('lesson', [MOONS, CNN], ids=['moons', 'cnn with dropout'])
def test_run_killed_at_random_moments_finishes_as_uninterrupted(reference, lesson):
    kills = crash_runs.kill_often(reference(lesson), 3, random.Random(lesson.name))
    assert [kill.differences for kill in kills] == [[]] * 3
    assert max(kill.lost for kill in kills) <= 1


@pytest.mark.parametrize(
    ('event', 'name'),
    [
        ('os.rename', '.epoch_3.pth.tmp'),
        ('shutil.copyfile', 'epoch_3.pth'),
        ('os.rename', '.best_loss.pth.tmp'),
        ('os.rename', '.last_checkpoint.tmp'),
        ('os.remove', 'epoch_1.pth'),
    ],
)
def test_run_killed_between_two_steps_of_a_save_ends_as_uninterrupted(
    reference, tmp_path, event, name
):
    work_dir = tmp_path / 'run'
    killed = crash_runs.train(SHORT, work_dir, before=SignalBefore(event, name))
    assert killed.wait() == -signal.SIGKILL
    resumed = crash_runs.train(SHORT, work_dir, resume=True)
    assert resumed.wait() == 0, resumed.err
    assert crash_runs.resumed_epoch(resumed) >= 2
    assert crash_runs.differences(work_dir, reference(SHORT).work_dir) == []


@pytest.mark.parametrize('seed', range(2))
def test_run_resumes_from_the_previous_checkpoint_if_the_last_is_cut(reference, tmp_path, seed):
    rng = random.Random(seed)
    done, wrong = crash_runs.truncate_one(reference(MOONS), tmp_path / 'run', rng)
    assert not wrong, done


class Hostile:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.write_text, (self.target, 'owned')


@pytest.fixture
def hostile(tmp_path) -> tuple[Path, Path]:
    """Return a checkpoint that would write a file if it were unpickled, and that file."""
    file, target = tmp_path / 'hostile.pth', tmp_path / 'owned'
    torch.save({'state_dict': {}, 'loop': Hostile(target)}, file)
    torch.load(file, weights_only=False)
    assert target.read_text() == 'owned'
    target.unlink()
    return file, target


@pytest.mark.parametrize(
    'words',
    [
        ('tools/train.py', '--work-dir', 'WORK_DIR', '--resume', 'FILE'),
        ('tools/train.py', '--work-dir', 'WORK_DIR', '--cfg-options', 'load_from=FILE'),
        ('tools/test.py', 'FILE'),
    ],
    ids=['resume', 'load_from', 'test'],
)
def test_hostile_checkpoint_is_refused_by_name_and_not_run(hostile, tmp_path, words):
    file, target = hostile
    rest = [
        word.replace('WORK_DIR', str(tmp_path / 'run')).replace('FILE', str(file))
        for word in words[1:]
    ]
    command = Command([words[0], f'configs/{SHORT.config}', *rest], tmp_path / 'log')
    assert f'{file} was refused' in error_line(command, 2)
    assert not target.exists()


def test_hostile_checkpoint_among_those_of_a_run_is_skipped_and_not_run(
    hostile, reference, tmp_path
):
    file, target = hostile
    work_dir = tmp_path / 'run'
    before = SignalBefore('os.remove', 'epoch_2.pth')  # while epoch 4 is saved
    assert crash_runs.train(SHORT, work_dir, before=before).wait() == -signal.SIGKILL
    file.replace(work_dir / 'epoch_4.pth')
    resumed = crash_runs.train(SHORT, work_dir, resume=True)
    assert resumed.wait() == 0, resumed.err
    assert f'Skipped: {work_dir / "epoch_4.pth"} was refused' in resumed.out
    assert crash_runs.resumed_epoch(resumed) == 4  # best_loss.pth is of epoch 4, and whole
    assert not target.exists()
    assert crash_runs.differences(work_dir, reference(SHORT).work_dir) == []


@pytest.mark.parametrize(('number', 'status'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_exits_with_its_status_and_the_run_can_resume(reference, tmp_path, number, status):
    work_dir = tmp_path / 'run'
    in_the_middle_of_a_save = SignalBefore('os.rename', '.epoch_3.pth.tmp', number)
    interrupted = crash_runs.train(SHORT, work_dir, before=in_the_middle_of_a_save)
    assert interrupted.wait() == status
    assert 'Traceback' not in interrupted.err
    assert crash_runs.summary(work_dir)['status'] == 'interrupted'
    assert crash_runs.summary(work_dir)['epochs'] == 3
    resumed = crash_runs.train(SHORT, work_dir, resume=True)
    assert resumed.wait() == 0, resumed.err
    assert crash_runs.resumed_epoch(resumed) == 3
    assert crash_runs.differences(work_dir, reference(SHORT).work_dir) == []


def register_slow_step() -> None:
    """Register a hook whose step lasts longer than anybody waits."""
    from mmengine.hooks import Hook

    from mmlesson.registry import HOOKS

    class SlowStep(Hook):
        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            print('in a step', flush=True)
            time.sleep(crash_runs.LIMIT_SECONDS)

    HOOKS.register_module(module=SlowStep)


def test_second_interrupt_exits_immediately(tmp_path):
    lesson = Lesson('slow', SHORT.config, ("custom_hooks=[{'type': 'SlowStep'}]",))
    command = crash_runs.train(lesson, tmp_path / 'run', before=register_slow_step)
    assert command.wait_for(lambda: 'in a step' in command.out), command.err
    command.send(signal.SIGINT)
    assert command.wait_for(lambda: 'Again: end at once' in command.out), command.err
    command.send(signal.SIGINT)
    assert command.wait() == -signal.SIGINT  # the first one alone would end it with 130


def test_full_disk_is_a_single_error_line_and_keeps_the_previous_checkpoint(reference, tmp_path):
    work_dir = tmp_path / 'run'
    two = Lesson('two', SHORT.config, ('train_cfg.max_epochs=2', SHORT.options[1]))
    assert crash_runs.train(two, work_dir).wait() == 0
    before = (work_dir / 'epoch_2.pth').read_bytes()

    full = crash_runs.train(SHORT, work_dir, resume=True, file_limit=len(before) - 1)

    line = error_line(full, 1)
    assert f'{work_dir / "epoch_3.pth"} could not be written' in line
    assert 'Older checkpoints are intact' in line
    assert crash_runs.summary(work_dir)['status'] == 'failed'
    assert (work_dir / 'epoch_2.pth').read_bytes() == before
    resumed = crash_runs.train(SHORT, work_dir, resume=True)
    assert resumed.wait() == 0, resumed.err
    assert crash_runs.resumed_epoch(resumed) == 2
    assert crash_runs.differences(work_dir, reference(SHORT).work_dir) == []
