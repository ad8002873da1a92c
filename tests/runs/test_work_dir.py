"""Work directories: no run gets the folder of another, and a restarted launch finds its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from mmengine.config import Config

from mmlesson.errors import UserError
from mmlesson.runs.work_dir import choose_work_dir, claimed, folder_of_launch, locked


@pytest.fixture
def lesson(tmp_path, monkeypatch) -> Config:
    monkeypatch.chdir(tmp_path)
    Path('lesson.py').write_text('a = 1\n')
    return Config.fromfile('lesson.py')


def occupy(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'summary.json').write_text('{}')


def test_runs_have_separate_folders(lesson):
    first = choose_work_dir(None, lesson, resume=False)
    assert first == Path('work_dirs/lesson')
    occupy(first)
    second = choose_work_dir(None, lesson, resume=False)
    assert second == Path('work_dirs/lesson_2')
    occupy(second)
    assert choose_work_dir(None, lesson, resume=True) == second
    assert choose_work_dir(None, lesson, resume=False) == Path('work_dirs/lesson_3')
    assert choose_work_dir(None, lesson, resume=True) == second  # the third has saved nothing


def test_runs_started_at_the_same_time_have_separate_folders(lesson):
    with ThreadPool(8) as pool:
        chosen = pool.map(lambda _: choose_work_dir(None, lesson, resume=False), range(8))
    assert len(set(chosen)) == 8


def test_resume_without_a_run_starts_a_new_run(lesson):
    assert choose_work_dir(None, lesson, resume=True) == Path('work_dirs/lesson')


def test_requested_folder_with_a_run_is_refused_unless_resumed(lesson):
    occupy(Path('mine'))
    with pytest.raises(UserError, match='mine holds a run already'):
        choose_work_dir('mine', lesson, resume=False)
    assert choose_work_dir('mine', lesson, resume=True) == Path('mine')


@pytest.mark.parametrize('asked', [None, 'mine'])
def test_restarted_launch_finds_its_own_folder_among_others(lesson, asked):
    occupy(Path('work_dirs/lesson'))
    assert folder_of_launch(asked, lesson, 'abc') is None
    own = choose_work_dir(asked, lesson, resume=False, launch='abc')
    choose_work_dir(None, lesson, resume=False, launch='another')
    assert folder_of_launch(asked, lesson, 'abc') == own


def test_run_with_the_same_name_prefix_is_another_run(lesson):
    choose_work_dir('work_dirs/lesson_long', lesson, resume=False, launch='abc')
    assert folder_of_launch(None, lesson, 'abc') is None


HOLD = """
import sys
from pathlib import Path
from mmlesson.runs.work_dir import locked
with locked(Path(sys.argv[1])):
    print('locked', flush=True)
    sys.stdin.read()
"""


def test_lock_of_another_process_is_respected_and_released_when_it_is_killed(tmp_path):
    command = [sys.executable, '-c', HOLD, tmp_path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline().strip() == b'locked'
        with pytest.raises(UserError, match='is being trained by another process'):
            locked(tmp_path).__enter__()
        holder.kill()
        holder.wait()
    assert holder.returncode == (1 if sys.platform == 'win32' else -signal.SIGKILL)
    with locked(tmp_path):
        pass


def test_unused_lock_file_does_not_block(tmp_path):
    (tmp_path / '.lock').touch()
    with locked(tmp_path):
        pass


def test_lock_is_released_after_an_error(tmp_path):
    def fail() -> None:
        with locked(tmp_path / 'new'):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with locked(tmp_path / 'new'):
        pass


def test_claim_of_a_folder_that_the_caller_has_locked_is_his(tmp_path):
    occupy(tmp_path)
    with locked(tmp_path), claimed(tmp_path, resume=False):
        pass
    with (
        pytest.raises(UserError, match='holds a run already'),
        claimed(tmp_path, resume=False),
    ):
        pass


def test_claim_holds_the_folder_against_another_thread(tmp_path):
    def claim():
        with claimed(tmp_path, resume=True):
            pass

    with (
        claimed(tmp_path, resume=False),
        ThreadPool(1) as pool,
        pytest.raises(UserError, match='is being trained'),
    ):
        pool.apply(claim)
    claim()


def test_name_that_no_folder_can_have_is_one_error(lesson):
    with pytest.raises(UserError, match='work_dir must be a path, got'):
        choose_work_dir('a\0b', lesson, resume=False)
