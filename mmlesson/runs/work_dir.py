"""Work directories: choice of a folder that no other run uses, and its lock."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from mmengine.config import Config

from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import LAST
from mmlesson.runs.summary import FILE_NAME
from mmlesson.utils.atomic_file import write_text

_held: set[tuple[Path, int]] = set()
"""Locked folders, with the thread of this process that has locked each."""

LAUNCH_FILE = '.launch'
"""File with the identifier of the launch, by which a restarted launch finds its folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder for this process; the operating system frees the lock when the process ends.

    Raises:
        UserError: If another process holds the lock.
    """
    _create(folder)
    lock = FileLock(folder / '.lock')
    try:
        lock.acquire(blocking=False)
    except Timeout as err:
        raise UserError(
            f'{folder} is being trained by another process. Wait for it, or choose another folder.'
        ) from err
    held = (folder.resolve(), threading.get_ident())
    _held.add(held)
    try:
        yield
    finally:
        _held.discard(held)
        lock.release()


@contextmanager
def claimed(folder: Path, resume: bool) -> Iterator[None]:
    """Hold a folder for a run that trains; a caller that has locked it has done so already.

    Args:
        folder: Work directory of the run.
        resume: Whether the run that the folder holds is resumed.

    Raises:
        UserError: If another process is training there, the folder holds a run that is not
            resumed, or its files cannot be replaced.
    """
    _refuse_folders(folder)
    if (folder.resolve(), threading.get_ident()) in _held:
        yield
        return
    with locked(folder):
        if not resume:
            refuse_taken(folder)
        yield


def _refuse_folders(folder: Path) -> None:
    """Raise `UserError` if a folder has the name of a file that the run will write at its end."""
    for file in (folder / FILE_NAME, folder / LAST):
        if file.is_dir():
            raise UserError(f'{file} must be a file, and is a folder. Remove it or rename it.')


def _create(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except ValueError as err:  # a NUL byte
        raise UserError(f'work_dir must be a path, got {str(folder)!r}: {err}.') from err


def refuse_taken(folder: Path) -> None:
    """Raise `UserError` if a folder holds a run."""
    if is_taken(folder):
        raise UserError(
            f'{folder} holds a run already. Resume it (--resume, or resume=True in the config), '
            'or choose another work_dir.'
        )


def is_taken(work_dir: Path) -> bool:
    """Return whether a folder holds a run, which must not be overwritten."""
    return (work_dir / FILE_NAME).exists() or (work_dir / LAST).exists()


def choose_work_dir(
    asked: str | None,
    config: Config,
    resume: bool,
    suffix: str = '',
    launch: str | None = None,
) -> Path:
    """Create and return the folder of a run.

    The default is ``work_dirs/<config>``, or ``work_dirs/<config>_2`` and so on if that exists; two
    runs started at the same time get different folders. To resume, the newest of them is used.

    Args:
        asked: ``--work-dir`` of the command line.
        config: Config, which may set ``work_dir``.
        resume: Whether to continue the newest earlier run.
        suffix: Suffix of the default folder name, for runs of tools other than train.py.
        launch: Identifier of the launch, if its launcher may restart it.

    Raises:
        UserError: If the requested folder holds a run.
    """
    wanted = asked or config.get('work_dir')
    if wanted:
        folder = Path(wanted)
        if not resume:
            refuse_taken(folder)
        _create(folder)
    else:
        folder = _numbered(Path('work_dirs') / f'{Path(config.filename).stem}{suffix}', resume)
    if launch is not None:
        write_text(folder / LAUNCH_FILE, launch + '\n')
    return folder


def _numbered(first: Path, resume: bool) -> Path:
    """Return ``first``, or the same name with the lowest free number; to resume, the newest run."""
    newest, number = None, 1
    while True:
        folder = first if number == 1 else first.with_name(f'{first.name}_{number}')
        if not folder.exists() and resume and newest is not None:
            return newest
        try:
            folder.mkdir(parents=True)  # succeeds in only one of two concurrent runs
            return folder
        except FileExistsError:
            newest = folder if is_taken(folder) else newest
        number += 1


def folder_of_launch(asked: str | None, config: Config, launch: str) -> Path | None:
    """Return the folder that a launch created before it was restarted, or None.

    Args:
        asked: ``--work-dir`` of the command line.
        config: Config, which may set ``work_dir``.
        launch: Identifier of the launch.
    """
    wanted = asked or config.get('work_dir')
    first = Path('work_dirs') / Path(config.filename).stem
    own_name = re.compile(rf'{re.escape(first.name)}(_\d+)?')
    found = (folder for folder in first.parent.glob('*') if own_name.fullmatch(folder.name))
    folders = [Path(wanted)] if wanted else sorted(found)
    for folder in folders:
        file = folder / LAUNCH_FILE
        if file.is_file() and file.read_bytes().strip() == launch.encode():
            return folder
    return None


def start_name(work_dir: Path, stamp: str, others: Collection[str]) -> str:
    """Return the name of a start of a run: the time, numbered if it is taken.

    In the order of names it comes after the earlier starts of the run.

    Args:
        work_dir: Folder of the run.
        stamp: The time, in seconds.
        others: Names that other runs of this process have.
    """
    names = {*others, *(folder.name for folder in work_dir.glob(f'{stamp}*'))}
    found = (re.fullmatch(rf'{re.escape(stamp)}(?:_(\d+))?', name) for name in names)
    count = max((int(match[1] or 1) for match in found if match), default=0)
    return f'{stamp}_{count + 1}' if count else stamp
