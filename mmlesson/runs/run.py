"""`Run`: reader of the work directory of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from mmlesson.config import LoadedConfig
from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import last_checkpoint, newest_whole, read_checkpoint
from mmlesson.runs.scalars import Curve, Point, read_curve, read_points
from mmlesson.runs.side_file import is_file, warn
from mmlesson.runs.summary import DEFAULTS, FILE_NAME, UNFINISHED, best_of, read_summary

START = f'{"[0-9]" * 8}_{"[0-9]" * 6}*'
"""Folder of a start, named after its time; a config elsewhere is none of this run's."""


class Run:
    """Work directory of a run; its parts are read on first access.

    Args:
        folder: Work directory of the run.

    Raises:
        UserError: If ``folder`` is not a folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise UserError(f'RUN must be the folder of a run, got {folder}, which is no folder.')

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Contents of ``summary.json``.

        A run that has not written it, or was resumed afterwards and killed, is described from its
        newest checkpoint that can be read: the status is 'unfinished', and what no file holds is
        None or empty. So is one whose summary is damaged, after a warning. A run of mmengine's
        own runner is described from its records.

        Raises:
            UserError: If there is neither a summary nor a checkpoint that can be read.
        """
        summary = self._own_summary
        if summary and self._last_record <= (summary['epochs'] or summary['iterations']):
            return summary
        if summary is None and self._is_of_mmengine:
            return _summary_of_records(self.scalars, self.config.config)
        file, skipped = newest_whole(self.folder)
        for line in skipped:
            warn(f'Skipped: {line}')
        if file is None:
            return summary or read_summary(self.folder)  # which says what is missing
        return _summary_of(read_checkpoint(file), summary or {})

    @cached_property
    def _own_summary(self) -> dict[str, Any] | None:
        """Contents of ``summary.json``, or None if there is none or it is damaged."""
        if not is_file(self.folder / FILE_NAME):
            return None
        try:
            return read_summary(self.folder)
        except UserError as err:
            warn(str(err))
            return None

    @property
    def status(self) -> str:
        """'completed', 'early_stopped', 'interrupted', 'failed' or 'unfinished'."""
        return str(self.summary['status'])

    @cached_property
    def config_file(self) -> Path:
        """Config file of the newest start.

        Raises:
            UserError: If there is no config file.
        """
        configs = sorted(self.folder.glob(f'{START}/*.py'), key=lambda file: file.parent.name)
        if not configs and self._is_of_mmengine:  # which has one config for all starts
            configs = sorted(self.folder.glob('*.py'))
        if not configs:
            raise UserError(
                f'{self.folder} holds no config (<time>/<config>.py). Give the work_dir of a run, '
                'or a config and a checkpoint.'
            )
        return configs[-1]

    @cached_property
    def config(self) -> LoadedConfig:
        """Config of the newest start, loaded."""
        return LoadedConfig.open(self.config_file)

    @property
    def name(self) -> str:
        """Name of the config."""
        return self.config_file.stem

    @property
    def last_checkpoint(self) -> Path | None:
        """Checkpoint named in ``last_checkpoint``, from which training resumes, or None."""
        return last_checkpoint(self.folder)

    @cached_property
    def best_checkpoint(self) -> Path | None:
        """Checkpoint of the best validation, or None."""
        best = (self._own_summary or {}).get('best') or {}
        named = self._file(best.get('checkpoint'))
        return named or next(iter(sorted(self.folder.glob('best_*.pth'))), None)

    @property
    def final_checkpoint(self) -> Path | None:
        """Checkpoint of the final weights, which were tested, or None."""
        return self._file((self.summary.get('final') or {}).get('checkpoint'))

    @property
    def _tested_checkpoint(self) -> Path | None:
        return self.final_checkpoint if self._own_summary else None

    @property
    def checkpoint_to_apply(self) -> Path:
        """Checkpoint of the weights that were tested; if there is none, the best or the last.

        Raises:
            UserError: If there is no checkpoint.
        """
        checkpoint = self._tested_checkpoint or self.best_checkpoint or self.last_checkpoint
        checkpoint = checkpoint or newest_whole(self.folder)[0]
        if checkpoint is None:
            raise UserError(
                f'{self.folder} holds no checkpoint (*.pth). Give the work_dir of a run.'
            )
        return checkpoint

    @cached_property
    def scalars(self) -> dict[str, list[tuple[int, Point]]]:
        """Recorded metrics of 'train' and 'val', and norms of 'layers'; see `read_points`."""
        return read_points(self.folder)

    def curve(self, metric: str) -> Curve:
        """Return one metric over the validations; see `read_curve`."""
        return read_curve(self.folder, metric)

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.folder / 'figures'

    @property
    def _is_of_mmengine(self) -> bool:
        if not any(self.folder.glob('*.py')) or any(self.folder.glob(f'{START}/*.py')):
            return False
        return any(self.folder.glob(START)) or any(self.folder.glob('*.pth'))

    @property
    def _last_record(self) -> int:
        try:
            points = self.scalars
        except UserError:  # the run ended before any metric was recorded
            return 0
        return max((step for phase in ('train', 'val') for step, _ in points[phase]), default=0)

    def _file(self, name: Any) -> Path | None:
        """Return a file by its recorded name, if it exists in this folder."""
        if not isinstance(name, str) or Path(name).name != name:
            return None
        file = self.folder / name
        return file if is_file(file) else None


def _summary_of(checkpoint: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    loop, meta = checkpoint['loop'], checkpoint['meta']
    seconds = loop['train_seconds']
    return {
        **DEFAULTS,
        'config': earlier.get('config'),
        'seed': meta['seed'],
        'device': earlier.get('device'),
        'epochs': loop['epoch'],
        'iterations': loop['iter'],
        'train_seconds': round(seconds, 4),
        'samples_per_second': round(loop['samples_seen'] / seconds, 1) if seconds else 0.0,
        'best': best_of(state.get('best') for state in checkpoint['hooks'].values()),
        'stop': checkpoint['stop'],
        'train': checkpoint['train_metrics'] or None,
        'val': checkpoint['val_metrics'] or None,
        'splits': {
            name: {'size': facts['size'], 'sha256': facts['sha256']}
            for name, facts in checkpoint['splits'].items()
        },
        'environment': earlier.get('environment') or {},
    }


def _summary_of_records(
    points: Mapping[str, list[tuple[int, Point]]], config: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the summary of a run whose runner writes none, as far as records and config say."""
    last = {phase: points[phase][-1] if points[phase] else (0, {}) for phase in ('train', 'val')}
    length = config.get('train_cfg') or {}
    unit = 'iterations' if 'max_iters' in length else 'epochs'
    step = max(last['train'][0], last['val'][0])
    is_done = step >= length.get('max_iters' if unit == 'iterations' else 'max_epochs', math.inf)
    return {
        **DEFAULTS,
        'config': config.get('filename'),
        'status': 'completed' if is_done else UNFINISHED,
        'seed': (config.get('randomness') or {}).get('seed'),
        unit: step,
        **{phase: dict(metrics) or None for phase, (_, metrics) in last.items()},
    }
