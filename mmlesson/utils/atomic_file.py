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
def atomic_path(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """Yield a temporary path, and rename it to ``path`` if the block succeeds.

    The temporary file is removed if the block raises. The folder is created if it does not exist.

    Args:
        path: Output file.
        flush: Whether to flush the file to the disk before it is renamed. Without it, which saves
            one to several milliseconds, a power failure can leave an empty file, but a killed
            process cannot.

    Raises:
        OSError: If it cannot be written; ``filename`` is ``path``, not the temporary one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.tmp')
    try:
        yield temporary
        if flush:
            with temporary.open('r+b') as file:  # Windows flushes no file open for reading only
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as err:
        if err.filename is not None and str(err.filename) == str(temporary):
            err.filename, err.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):  # what is left is written over next time
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, flush: bool = True) -> None:
    r"""Write a UTF-8 text file atomically; see `atomic_path`.

    A character that is in no Unicode text, such as a byte of a file name that is not UTF-8, is
    written as Python, JSON and JavaScript escape it: ``\udce9``.
    """
    with atomic_path(path, flush=flush) as temporary:
        temporary.write_text(text, encoding='utf-8', errors='backslashreplace')


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
    target = folder.resolve()  # of a link
    _require_empty(folder, target)
    if target == Path.cwd():
        raise UserError('The output folder cannot be the current folder. Name a new folder.')
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix='.new_') as scratch:
        made = Path(scratch, 'made')
        made.mkdir()
        try:
            yield made
            _require_empty(folder, target)  # another process may have filled it
            with suppress(FileNotFoundError):
                target.rmdir()  # Windows replaces no folder
            os.replace(made, target)
        except OSError as err:
            name = err.filename
            if name is not None and Path(name).is_relative_to(made):
                err.filename, err.filename2 = str(folder / Path(name).relative_to(made)), None
            raise


def _require_empty(folder: Path, target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f'{folder} exists already and is not empty. Choose another folder.')
