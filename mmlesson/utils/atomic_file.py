"""Atomic writes: a reader sees either the old or the new file or folder, never a partial one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from mmlesson.errors import UserError


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


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def copy_file(source: Path, target: Path) -> None:
    """Copy a file atomically, replacing ``target``."""
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder, and rename it to ``folder`` if the block succeeds.

    Args:
        folder: Output folder, which does not exist or is empty.

    Raises:
        UserError: If it exists and is not empty, or is the current folder.
        OSError: If it cannot be written; ``filename`` is below ``folder``, not the temporary one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f'{folder} exists already and is not empty. Choose another folder.')
    if folder.resolve() == Path.cwd():
        raise UserError('The output folder cannot be the current folder. Name a new folder.')
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=parent, prefix='.new_') as scratch:
        made = Path(scratch, 'made')
        made.mkdir()
        try:
            yield made
            os.replace(made, folder)
        except OSError as err:
            if err.filename is not None and Path(err.filename).is_relative_to(made):
                err.filename = str(folder / Path(err.filename).relative_to(made))
                err.filename2 = None
            raise
