"""Atomic file writes."""

from __future__ import annotations

import glob
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

if sys.platform != 'win32':
    import fcntl


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file that replaces ``path`` when the block succeeds.

    Readers see the old content or the new content, never a part. File and folder are flushed to
    the disk. The folder is created if needed. If the block fails, ``path`` is unchanged and the
    temporary file is removed; one that a killed process left is removed by the next write to
    ``path``.

    Args:
        path: File to write.

    Raises:
        OSError: If the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    temporary = path.with_name(f'.{path.name}.{uuid.uuid4().hex[:12]}.tmp')
    try:
        with temporary.open('xb') as owner:
            _lock(owner)
            yield temporary
        with temporary.open('rb+') as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8, as `atomic_path` does."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def _lock(owner: IO[bytes]) -> None:
    """Show other processes that a temporary file is in use; Windows does so for open files."""
    if sys.platform != 'win32':
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_abandoned(path: Path) -> None:
    """Remove temporary files of ``path`` that no process has locked."""
    for temporary in path.parent.glob(f'.{glob.escape(path.name)}.*.tmp'):
        with suppress(OSError):  # in use
            if sys.platform == 'win32':
                temporary.unlink()
                continue
            with temporary.open('rb') as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                temporary.unlink()


def _flush_folder(folder: Path) -> None:
    """Flush the new name to the disk, where the system can."""
    with suppress(OSError):  # Windows opens no folders; some file systems do not flush them
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
