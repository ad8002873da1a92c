"""Locks of run folders."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from mmlesson.apis.experiments.jobs import claimed
from mmlesson.errors import RunError

HOLD = """
import sys
from pathlib import Path
from mmlesson.apis.experiments.jobs import claimed
with claimed(Path(sys.argv[1])):
    print('locked', flush=True)
    sys.stdin.read()
"""


def test_lock_of_another_process_is_respected_and_freed_when_it_is_killed(tmp_path):
    command = [sys.executable, '-c', HOLD, tmp_path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline().strip() == b'locked'
        with pytest.raises(RunError, match='is being trained by another process'):
            claimed(tmp_path).__enter__()
        holder.kill()
        holder.wait()
    assert holder.returncode == (1 if sys.platform == 'win32' else -signal.SIGKILL)
    with claimed(tmp_path):
        pass


def test_lock_file_that_nobody_holds_does_not_block(tmp_path):
    (tmp_path / '.lock').touch()
    with claimed(tmp_path):
        pass


def test_lock_is_freed_after_an_error(tmp_path):
    def fail() -> None:
        with claimed(tmp_path / 'new'):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with claimed(tmp_path / 'new'):
        pass
