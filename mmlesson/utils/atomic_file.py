"""Atomic writes of files and folders: a reader sees all or nothing of what is new."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path, and rename it to ``path`` if the block succeeds.

    The temporary file is flushed to the disk before it is renamed, and removed if the block
    raises. The folder is created if it does not exist.

    Raises:
        OSError: If it cannot be written; ``filename`` is ``path``, not the temporary one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.tmp')
    try:
        yield temporary
        with temporary.open('r+b') as file:  # Windows flushes no file that is open for reading only
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as err:
        if err.filename is not None and str(err.filename) == str(temporary):
            err.filename, err.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):  # what is left is written over next time
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a new temporary folder, and rename it to ``folder`` if the block succeeds.

    It is removed if the block raises; what a killed process has left is removed by the next one.

    Args:
        folder: Folder to make, which must not exist.

    Raises:
        OSError: If it cannot be written; ``filename`` is below ``folder``, not the temporary one.
    """
    temporary = folder.with_name(f'.{folder.name}.tmp')
    try:
        if temporary.exists():
            shutil.rmtree(temporary)
        temporary.mkdir(parents=True)
        yield temporary
        temporary.rename(folder)
    except OSError as err:
        if err.filename is not None and Path(err.filename).is_relative_to(temporary):
            err.filename = str(folder / Path(err.filename).relative_to(temporary))
            err.filename2 = None
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def copy_file(source: Path, target: Path) -> None:
    """Copy a file atomically, replacing ``target``."""
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)
