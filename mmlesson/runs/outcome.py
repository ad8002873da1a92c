"""What came of a run: its summary, or of one that was killed what its files tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import LAST, read_checkpoint
from mmlesson.runs.scalars import read_points
from mmlesson.runs.summary import FILE_NAME, read_summary

UNFINISHED = 'unfinished'


def read_outcome(run: Path) -> dict[str, Any]:
    """Return the summary of a run, in the form of ``summary.json``.

    Of a run that left none, or went on after it and was killed, it is put together from the last
    checkpoint: its status is 'unfinished', and what no file tells is None or empty.

    Args:
        run: Its work_dir.

    Raises:
        UserError: If there is neither a summary nor a checkpoint, or one cannot be read.
    """
    summary = read_summary(run) if (run / FILE_NAME).is_file() else None
    if summary and _last_record(run) <= (summary['epochs'] or summary['iterations']):
        return summary
    pointer = run / LAST
    file = run / pointer.read_text(encoding='utf-8').strip() if pointer.is_file() else None
    if file is None or not file.is_file():
        return summary or read_summary(run)  # which says what is missing
    checkpoint = read_checkpoint(file)
    return _outcome(checkpoint, summary or {}) if 'loop' in checkpoint else read_summary(run)


def _last_record(run: Path) -> int:
    try:
        points = read_points(run)
    except UserError:  # nothing was recorded: it ended before
        return 0
    return max((step for phase in ('train', 'val') for step, _ in points[phase]), default=0)


def _outcome(checkpoint: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    loop, meta = checkpoint['loop'], checkpoint['meta']
    bests = [state['best'] for state in checkpoint['hooks'].values() if state.get('best')]
    seconds = loop['train_seconds']
    return {
        'config': earlier.get('config'),
        'seed': meta['seed'],
        'device': earlier.get('device'),
        'status': UNFINISHED,
        'error': None,
        'epochs': loop['epoch'],
        'iterations': loop['iter'],
        'train_seconds': round(seconds, 4),
        'samples_per_second': round(loop['samples_seen'] / seconds, 1) if seconds else 0.0,
        # Where a hook keeps the best checkpoint, that one is meant.
        'best': next((one for one in bests if 'checkpoint' in one), bests[0] if bests else None),
        'stop': checkpoint['stop'],
        'train': checkpoint['train_metrics'] or None,
        'val': checkpoint['val_metrics'] or None,
        'test': None,
        'splits': {
            name: {'size': facts['size'], 'sha256': facts['sha256']}
            for name, facts in checkpoint['splits'].items()
        },
        'diagnosis': None,
        'facts': {},
        'environment': earlier.get('environment') or {},
        'weights_sha256': None,
    }
