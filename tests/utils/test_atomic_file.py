"""Atomic file writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mmlesson.utils.atomic_file import atomic_path, write_text

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from mmlesson.utils.atomic_file import atomic_path
with atomic_path(Path(sys.argv[1])) as temporary:
    temporary.write_text('half')
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_folder_is_created_and_only_the_file_remains(tmp_path):
    write_text(tmp_path / 'new' / 'a.txt', 'é\n')
    assert (tmp_path / 'new' / 'a.txt').read_bytes() == 'é\n'.encode()
    assert [file.name for file in (tmp_path / 'new').iterdir()] == ['a.txt']


def test_failed_write_keeps_the_old_file_and_no_temporary(tmp_path):
    file = tmp_path / 'a.txt'
    file.write_text('old')

    def fail() -> None:
        with atomic_path(file) as temporary:
            temporary.write_text('new')
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert file.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [file]


def test_old_file_is_there_until_the_block_ends(tmp_path):
    file = tmp_path / 'a.txt'
    file.write_text('old')
    with atomic_path(file) as temporary:
        temporary.write_text('new')
        assert file.read_text() == 'old'
    assert file.read_text() == 'new'


def test_two_writers_share_no_temporary_file(tmp_path):
    file = tmp_path / 'a.txt'
    with atomic_path(file) as first, atomic_path(file) as second:
        first.write_text('first')
        second.write_text('second')
        assert first != second
        assert first.read_text() == 'first'
    assert file.read_text() == 'first'  # the outer block ends last
    assert list(tmp_path.iterdir()) == [file]


def test_temporary_file_may_become_a_hard_link(tmp_path):
    source, file = tmp_path / 'source', tmp_path / 'a.txt'
    source.write_text('x')
    with atomic_path(file) as temporary:
        temporary.unlink()
        os.link(source, temporary)
    assert file.samefile(source)


@pytest.mark.skipif(sys.platform == 'win32', reason='SIGKILL')
def test_next_write_removes_what_a_killed_process_left(tmp_path):
    file = tmp_path / 'a[1].txt'
    done = subprocess.run([sys.executable, '-c', KILLED_WHILE_WRITING, file], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith('.a[1].txt.')
    write_text(file, 'whole')
    assert list(tmp_path.iterdir()) == [file]


def test_content_and_folder_are_flushed_in_order(tmp_path, monkeypatch):
    flushed = []

    def fsync(descriptor: int) -> None:
        folder = Path(os.readlink(f'/proc/self/fd/{descriptor}'))
        flushed.append((folder.is_dir(), (tmp_path / 'a.txt').exists()))

    if not Path('/proc/self/fd').exists():
        pytest.skip('needs /proc')
    monkeypatch.setattr(os, 'fsync', fsync)
    write_text(tmp_path / 'a.txt', 'x')
    assert flushed == [(False, False), (True, True)]


def test_permissions_follow_the_umask(tmp_path):
    (tmp_path / 'plain').touch()
    write_text(tmp_path / 'a.txt', 'x')
    assert (tmp_path / 'a.txt').stat().st_mode == (tmp_path / 'plain').stat().st_mode
