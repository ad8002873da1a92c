"""``summary.json``: what a run was and how it ended, for people and for tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mmlesson.engine.checkpoint import write_text
from mmlesson.errors import UserError

FILE_NAME = 'summary.json'


def write_summary(work_dir: Path, summary: dict[str, Any]) -> None:
    """Write the summary of a run, whole or not at all."""
    text = json.dumps(_jsonable(summary), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(work_dir / FILE_NAME, text + '\n')


def read_summary(work_dir: Path) -> dict[str, Any]:
    """Read the summary of a run.

    Raises:
        UserError: If there is none, or it cannot be read.
    """
    path = work_dir / FILE_NAME
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise UserError(f'{work_dir} has no {FILE_NAME}: it is no finished run.') from None
    except json.JSONDecodeError as err:
        raise UserError(f'{path} cannot be read: {err}.') from err
    return summary


def _jsonable(value: Any) -> Any:
    """Return plain JSON: tensors and arrays as lists, NaN and infinity by their names."""
    if hasattr(value, 'tolist'):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, float) and value - value != 0 else value
