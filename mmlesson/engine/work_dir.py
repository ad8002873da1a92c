"""The folder of a run: never one that another run lives in."""

from __future__ import annotations

import re
from pathlib import Path

from mmengine.config import Config

from mmlesson.engine.distributed import launcher_env
from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import LAST
from mmlesson.runs.summary import FILE_NAME
from mmlesson.utils.atomic_file import write_text

LAUNCH_FILE = '.launch'
"""Names the launch that a folder belongs to, so that a restart of it finds the folder again."""


def is_taken(work_dir: Path) -> bool:
    """Tell whether a folder holds a run, which another one must not write over."""
    return (work_dir / FILE_NAME).exists() or (work_dir / LAST).exists()


def choose_work_dir(asked: str | None, config: Config, resume: bool, suffix: str = '') -> Path:
    """Make the folder of a run, and return it; never one that another run lives in.

    Without ``asked`` it is ``work_dirs/<config>``, and ``work_dirs/<config>_2`` if that is there,
    also if another run began it a moment ago. Resuming takes the newest of them.

    Args:
        asked: What the command line says.
        config: May say ``work_dir``.
        resume: Whether an earlier run is to be gone on with.
        suffix: Of the folder's name, for what is no run of the lesson.

    Raises:
        UserError: If the folder that was asked for holds a run.
    """
    wanted = asked or config.get('work_dir')
    if wanted:
        folder = Path(wanted)
        if is_taken(folder) and not resume:
            raise UserError(
                f'{folder} holds a run already. Go on with it by --resume, or choose another '
                '--work-dir.'
            )
        folder.mkdir(parents=True, exist_ok=True)
    else:
        folder = _numbered(Path('work_dirs') / f'{Path(config.filename).stem}{suffix}', resume)
    launch = launcher_env.launch_id()
    if launch is not None:
        write_text(folder / LAUNCH_FILE, launch + '\n')
    return folder


def _numbered(first: Path, resume: bool) -> Path:
    """Return ``first``, or the same with the lowest free number; to resume, the newest run."""
    newest, number = None, 1
    while True:
        folder = first if number == 1 else first.with_name(f'{first.name}_{number}')
        if not folder.exists() and resume and newest is not None:
            return newest
        try:
            folder.mkdir(parents=True)  # of two that try, one succeeds
            return folder
        except FileExistsError:
            newest = folder if is_taken(folder) else newest
        number += 1


def folder_of_this_launch(asked: str | None, config: Config) -> Path | None:
    """Return the folder that this launch began before it was restarted, or None.

    Args:
        asked: What the command line says.
        config: May say ``work_dir``.
    """
    launch = launcher_env.launch_id()
    if launch is None or not launcher_env.is_restart():
        return None
    wanted = asked or config.get('work_dir')
    first = Path('work_dirs') / Path(config.filename).stem
    own_name = re.compile(rf'{re.escape(first.name)}(_\d+)?')
    found = (folder for folder in first.parent.glob('*') if own_name.fullmatch(folder.name))
    folders = [Path(wanted)] if wanted else sorted(found)
    for folder in folders:
        file = folder / LAUNCH_FILE
        if file.is_file() and file.read_text(encoding='utf-8').strip() == launch:
            return folder
    return None
