"""Reading and writing of ``summary.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from mmlesson.errors import UserError
from mmlesson.runs.side_file import (
    Fits,
    an_object,
    anything,
    is_count,
    is_file,
    is_number,
    is_text,
    objects_of,
    or_none,
    parse_json,
    read_bytes,
    warn,
)
from mmlesson.utils.atomic_file import write_text

FILE_NAME = 'summary.json'

FINISHED = ('completed', 'early_stopped')
"""Statuses of a run that needs no further training."""

UNFINISHED = 'unfinished'
"""Status of a run that was killed, or is still training."""

DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(('config', 'seed', 'device', 'error', 'best', 'final', 'stop')),
    **dict.fromkeys(('train', 'val', 'test', 'test_by_class', 'diagnosis', 'weights_sha256')),
    'status': UNFINISHED,
    **dict.fromkeys(('epochs', 'iterations'), 0),
    **dict.fromkeys(('train_seconds', 'samples_per_second'), 0.0),
    **{key: {} for key in ('splits', 'facts', 'environment')},
}
"""Values of a summary that does not say otherwise."""


def _is_metrics(value: Any) -> bool:
    """Numbers, lists and words such as 'nan' by name; no number is too large for a float."""
    return isinstance(value, dict) and all(
        is_number(number) for number in value.values() if isinstance(number, int)
    )


def _is_by_class(value: Any) -> bool:
    """Numbers, or words such as 'nan', of each class by name of the metric."""
    return isinstance(value, dict) and all(
        isinstance(column, list) and all(is_number(item) or is_text(item) for item in column)
        for column in value.values()
    )


def _is_final(value: Any) -> bool:
    fits = an_object(epoch=or_none(is_count), checkpoint=or_none(is_text))
    return fits(value) and (value.get('val') is None or _is_metrics(value['val']))


def _is_environment(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get('packages', {}), dict)


def _is_steps(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(map(is_text, value)))


_FIELDS: dict[str, Fits] = {
    **dict.fromkeys(('config', 'device', 'error', 'weights_sha256'), or_none(is_text)),
    'seed': or_none(is_number),
    'status': is_text,
    **dict.fromkeys(('epochs', 'iterations'), is_count),
    **dict.fromkeys(('train_seconds', 'samples_per_second'), is_number),
    'best': or_none(an_object(metric=is_text, value=is_number, epoch=is_count)),
    'final': or_none(_is_final),
    'stop': or_none(an_object(reason=is_text, message=is_text, epoch=is_count)),
    **dict.fromkeys(('train', 'val', 'test'), or_none(_is_metrics)),
    'test_by_class': or_none(_is_by_class),
    'splits': objects_of(size=anything, sha256=anything),
    'diagnosis': or_none(an_object(verdict=is_text, evidence=anything, try_next=_is_steps)),
    'facts': objects_of(),
    'environment': _is_environment,
}


def write_summary(work_dir: Path, summary: dict[str, Any]) -> None:
    """Write the summary of a run, atomically."""
    text = json.dumps(_jsonable(summary), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(work_dir / FILE_NAME, text + '\n')


def read_summary(run: Path, is_strict: bool = False) -> dict[str, Any]:
    """Read the summary of a run.

    Args:
        run: Work directory, or one of its time-stamped folders.
        is_strict: Whether a value of another type is an error.

    Returns:
        Its contents; `DEFAULTS` in place of what is missing or of another type, with a warning.

    Raises:
        UserError: If there is none, it cannot be read, or it is no JSON object; if
            ``is_strict``, also if a value has another type.
    """
    path = next((p for p in (run / FILE_NAME, run.parent / FILE_NAME) if is_file(p)), None)
    if path is None:
        raise UserError(f'{run} has no {FILE_NAME}: it is no run, or it has not ended.')
    try:
        found = parse_json(read_bytes(path))
    except ValueError as err:
        raise UserError(f'{path} must hold JSON: {err}. Is it damaged?') from err
    wrong = _wrong_keys(found)
    if wrong and is_strict:
        raise UserError(f'{path} is damaged: {", ".join(wrong)} of another type.')
    return fitting_summary(found, path)


def fitting_summary(found: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """Return a summary of values that were read from a file.

    Args:
        found: Values by key; `DEFAULTS` replace those of another type, with a warning, and those
            that are missing.
        source: The file.
    """
    wrong = _wrong_keys(found)
    if wrong:
        warn(f'{source} is damaged, and read without {", ".join(wrong)}: of another type.')
    known = {key: value for key, value in found.items() if key not in wrong}
    return {**deepcopy(DEFAULTS), **known}


def _wrong_keys(found: Mapping[str, Any]) -> list[str]:
    return [key for key, fits in _FIELDS.items() if key in found and not fits(found[key])]


def _jsonable(value: Any) -> Any:
    """Convert to plain JSON: tensors and arrays to lists, NaN and infinity to strings."""
    if hasattr(value, 'tolist'):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, float) and value - value != 0 else value


def final_text(summary: Mapping[str, Any]) -> str | None:
    """Return the checkpoint of the weights that a run ended with and tested, and their epoch.

    Args:
        summary: As `read_summary` returns it.

    Returns:
        For example 'final.pth (epoch 9)', or None if the summary names no such checkpoint.
    """
    final = summary.get('final')
    if not final:
        return None
    unit, number = final_step(summary)
    return f'{final["checkpoint"]} ({"pocket, update" if unit == "update" else unit} {number})'


def final_step(summary: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the unit and the number of the step that the final weights are of.

    Args:
        summary: A summary that has 'final'.

    Returns:
        For example ('epoch', 9), ('iteration', 900), or ('update', 7) of a perceptron's pocket.
    """
    final = summary['final']
    if final.get('update') is not None:
        return 'update', final['update']
    return 'epoch' if summary['epochs'] else 'iteration', final['epoch']


def best_of(bests: Iterable[dict[str, Any] | None]) -> dict[str, Any] | None:
    """Return the best validation recorded by the hooks, preferably one with a checkpoint."""
    known = [best for best in bests if best and _FIELDS['best'](best)]
    return next((best for best in known if 'checkpoint' in best), known[0] if known else None)
