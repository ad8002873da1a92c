"""Atomic file writes."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mmlesson.errors import UserError
from mmlesson.utils.atomic_file import atomic_path, copy_file, new_folder, write_text

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


@pytest.mark.parametrize('flush', [True, False])
def test_file_is_flushed_unless_it_need_not_be(tmp_path, monkeypatch, flush):
    flushed = []
    monkeypatch.setattr(os, 'fsync', flushed.append)
    write_text(tmp_path / 'a.txt', 'text', flush=flush)
    assert (len(flushed), (tmp_path / 'a.txt').read_text()) == (int(flush), 'text')


def test_old_file_is_there_until_the_block_ends(tmp_path):
    file = tmp_path / 'a.txt'
    file.write_text('old')
    with atomic_path(file) as temporary:
        temporary.write_text('new')
        assert file.read_text() == 'old'
    assert file.read_text() == 'new'


@pytest.mark.skipif(sys.platform == 'win32', reason='no SIGKILL on Windows')
def test_next_write_removes_the_temporary_file_of_a_killed_process(tmp_path):
    file = tmp_path / 'a[1].txt'
    done = subprocess.run([sys.executable, '-c', KILLED_WHILE_WRITING, file], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name == '.a[1].txt.tmp'
    write_text(file, 'whole')
    assert list(tmp_path.iterdir()) == [file]


def test_permissions_follow_the_umask(tmp_path):
    (tmp_path / 'plain').touch()
    write_text(tmp_path / 'a.txt', 'x')
    assert (tmp_path / 'a.txt').stat().st_mode == (tmp_path / 'plain').stat().st_mode


def test_content_is_flushed_before_the_rename(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, 'fsync', lambda _: flushed.append((tmp_path / 'a.txt').exists()))
    write_text(tmp_path / 'a.txt', 'x')
    assert flushed == [False]


def test_copy_is_an_independent_file(tmp_path):
    source, copy = tmp_path / 'source', tmp_path / 'copy'
    source.write_text('x')
    copy.write_text('old')
    copy_file(source, copy)
    assert copy.read_text() == 'x'
    assert not copy.samefile(source)


@pytest.mark.parametrize('name', ['file/a.txt', 'folder'])
def test_error_names_the_file_that_was_asked_for(tmp_path, name):
    (tmp_path / 'file').touch()
    (tmp_path / 'folder').mkdir()
    with pytest.raises(OSError, match=r'exists|directory') as raised:
        write_text(tmp_path / name, 'x')
    assert raised.value.filename in (str(tmp_path / name), str((tmp_path / name).parent))
    assert sorted(path.name for path in tmp_path.iterdir()) == ['file', 'folder']


def test_folder_in_place_of_the_temporary_file_is_one_error_and_stays(tmp_path):
    (tmp_path / '.a.txt.tmp').mkdir()
    with pytest.raises(IsADirectoryError) as raised:
        write_text(tmp_path / 'a.txt', 'x')
    assert raised.value.filename == str(tmp_path / 'a.txt')


def test_new_folder_is_complete_or_not_there(tmp_path):
    folder = tmp_path / 'deep' / 'new'

    def fail() -> None:
        with new_folder(folder) as made:
            (made / 'a.txt').touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list((tmp_path / 'deep').iterdir()) == []
    with new_folder(folder) as made:
        (made / 'a.txt').touch()
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ['a.txt']
    assert list((tmp_path / 'deep').iterdir()) == [folder]


def test_new_folder_that_has_files_or_is_the_current_one_is_refused(tmp_path, monkeypatch):
    (tmp_path / 'a.txt').touch()
    for folder in (tmp_path, tmp_path / 'a.txt'):
        with pytest.raises(UserError, match='exists already and is not empty'), new_folder(folder):
            pass
    (tmp_path / 'empty').mkdir()
    monkeypatch.chdir(tmp_path / 'empty')
    with pytest.raises(UserError, match='cannot be the current folder'), new_folder(Path('.')):
        pass


def test_failed_folder_leaves_nothing(tmp_path):
    def fail() -> None:
        with new_folder(tmp_path / 'new') as temporary:
            (temporary / 'a').touch()
            (temporary / 'missing' / 'b').touch()

    with pytest.raises(FileNotFoundError) as raised:
        fail()
    assert raised.value.filename == str(tmp_path / 'new' / 'missing' / 'b')
    assert list(tmp_path.iterdir()) == []


def test_error_beside_an_empty_folder_is_raised_as_it_is(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OSError, match='No space left on device'), new_folder(tmp_path):
        raise full


def test_text_that_no_encoding_has_is_escaped_as_json_reads_it(tmp_path):
    name = os.fsdecode(b'caf\xe9')  # a file name that is not UTF-8
    write_text(tmp_path / 'a.json', json.dumps([name, 'é'], ensure_ascii=False))
    assert json.loads((tmp_path / 'a.json').read_text(encoding='utf-8')) == [name, 'é']


@pytest.mark.parametrize('exists', [True, False])
def test_new_folder_through_a_link_is_where_the_link_leads(tmp_path, exists):
    (tmp_path / 'link').symlink_to(tmp_path / 'target')
    if exists:
        (tmp_path / 'target').mkdir()
    with new_folder(tmp_path / 'link') as made:
        (made / 'a.txt').touch()
    assert (tmp_path / 'link').is_symlink()
    assert [file.name for file in (tmp_path / 'target').iterdir()] == ['a.txt']


def test_new_folder_that_another_process_fills_meanwhile_is_one_line(tmp_path):
    def make() -> None:
        with new_folder(tmp_path / 'new'):
            (tmp_path / 'new').mkdir()
            (tmp_path / 'new' / 'theirs.txt').touch()

    with pytest.raises(UserError, match='exists already and is not empty'):
        make()
    assert [file.name for file in (tmp_path / 'new').iterdir()] == ['theirs.txt']
