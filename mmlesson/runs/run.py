"""Finds in the folder of a run what is needed to apply its model."""

from __future__ import annotations

from pathlib import Path

from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import LAST
from mmlesson.runs.summary import FILE_NAME, read_summary


def find_run(folder: Path) -> tuple[Path, Path]:
    """Return the config and the checkpoint of a run: the best one, or else the last.

    Args:
        folder: A run's work_dir.

    Raises:
        UserError: If one of them is not there.
    """
    if not folder.is_dir():
        raise UserError(f'RUN must be the folder of a run, got {folder}, which is no folder.')
    checkpoint = _find_checkpoint(folder)
    if checkpoint is None:
        raise UserError(f'{folder} holds no checkpoint (*.pth). Give the work_dir of a run.')
    configs = sorted(folder.glob('*/*.py'), key=lambda file: file.parent.name)
    if not configs:
        raise UserError(
            f'{folder} holds no config (<time>/<config>.py). Give the work_dir of a run, or a '
            'config and a checkpoint.'
        )
    return configs[-1], checkpoint  # folders are named by time: the newest start


def _find_checkpoint(folder: Path) -> Path | None:
    names = []
    if (folder / FILE_NAME).is_file():
        best = read_summary(folder).get('best') or {}
        names.append(best.get('checkpoint'))
    names += [file.name for file in sorted(folder.glob('best_*.pth'))]
    if (folder / LAST).is_file():
        names.append((folder / LAST).read_text(encoding='utf-8').strip())
    files = [folder / Path(name).name for name in names if name]
    return next((file for file in files if file.is_file()), None)
