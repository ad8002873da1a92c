"""Reading and writing of ``summary.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmlesson.errors import UserError
from mmlesson.utils.atomic_file import write_text

FILE_NAME = 'summary.json'


def write_summary(work_dir: Path, summary: dict[str, Any]) -> None:
    """Write the summary of a run, atomically."""
    text = json.dumps(_jsonable(summary), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(work_dir / FILE_NAME, text + '\n')


def read_summary(run: Path) -> dict[str, Any]:
    """Read the summary of a run.

    Args:
        run: Work directory, or one of its time-stamped folders.

    Raises:
        UserError: If it does not exist or cannot be read.
    """
    path = next((p for p in (run / FILE_NAME, run.parent / FILE_NAME) if p.is_file()), None)
    if path is None:
        raise UserError(f'{run} has no {FILE_NAME}: it is no run, or it has not ended.')
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as err:
        raise UserError(f'{path} must hold JSON: {err}. Is it damaged?') from err
    return summary


def _jsonable(value: Any) -> Any:
    """Convert to plain JSON: tensors and arrays to lists, NaN and infinity to strings."""
    if hasattr(value, 'tolist'):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, float) and value - value != 0 else value


FINISHED = ('completed', 'early_stopped')
"""Statuses of a run that needs no further training."""

UNFINISHED = 'unfinished'
"""Status of a run that was killed, or is still training."""


def best_of(bests: Iterable[dict[str, Any] | None]) -> dict[str, Any] | None:
    """Return the best validation recorded by the hooks, preferably one with a checkpoint."""
    known = [best for best in bests if best]
    return next((best for best in known if 'checkpoint' in best), known[0] if known else None)
