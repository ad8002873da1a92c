"""Reading of side files: a damaged one costs a line of warning, never the run or the answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import numpy as np
import numpy.typing as npt

from mmlesson.errors import UserError

Fits = Callable[[Any], bool]
"""Check of one value that was read."""

LARGEST = 2**53
"""Counts are smaller: beyond it, a float is not every whole number."""


@cache  # a file is read several times, and reported once
def warn(line: str) -> None:
    """Log a line about a side file; without a handler, Python prints it on stderr."""
    logging.getLogger('mmlesson').warning(line)


def is_file(path: Path) -> bool:
    """Return whether a path is a file, or a link to one, in a folder that can be searched."""
    try:
        return path.is_file()
    except OSError:
        return False


def read_bytes(file: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        UserError: If it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as err:
        raise UserError(f'{file} cannot be read: {err.strerror or err}.') from err


def parse_json(data: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        ValueError: If the bytes are not UTF-8, no JSON, no object, or nested too deeply.
    """
    try:
        value = json.loads(data.decode('utf-8'))
    except RecursionError as err:
        raise ValueError('it is nested too deeply') from err
    if not isinstance(value, dict):
        raise ValueError(f'an object was expected, got {type(value).__name__}')
    return value


def read_arrays(file: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an .npz file; no object is unpickled.

    Raises:
        ValueError: If it cannot be read, is damaged, or holds objects.
    """
    try:
        # np.load leaves a damaged file open, and takes what is no archive for a pickle.
        with file.open('rb') as opened:
            if not is_zipfile(opened):
                raise ValueError('no archive')
            opened.seek(0)
            arrays = np.load(opened, allow_pickle=False)
            return {name: arrays[name] for name in arrays.files}
    except Exception as err:  # the readers of ZIP and NPY raise anything for a damaged file
        cause = (str(err) or type(err).__name__).splitlines()[0][:160]
        raise ValueError(f'it is damaged, or no file of arrays ({cause})') from err


def read_table(file: Path, columns: Sequence[str]) -> list[list[float]]:
    """Return columns of a CSV file with a header, as one list of numbers per row.

    Raises:
        UserError: If it cannot be read.
        ValueError: If it is not UTF-8, lacks a column, or holds something else than numbers that
            are finite as float32.
    """
    lines = read_bytes(file).decode('utf-8').splitlines()
    head = lines[0].split(',') if lines else []
    absent = [name for name in columns if name not in head]
    if absent:
        raise ValueError(f'it has no column {absent[0]!r}')
    places, table = [head.index(name) for name in columns], []
    for number, line in enumerate(lines[1:], 2):
        cells = line.split(',')
        try:
            row = [float(cells[place]) for place in places]
        except (ValueError, IndexError):
            row = []
        with np.errstate(over='ignore'):
            is_finite = np.isfinite(np.asarray(row, np.float32)).all()
        if len(cells) != len(head) or not row or not is_finite:
            raise ValueError(f'line {number} is not a row of {len(head)} finite numbers')
        table.append(row)
    return table


def is_text(value: Any) -> bool:
    """Return whether a value is a string."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Return whether a value is a number that a float can hold; NaN and infinity are."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return isinstance(value, float) or abs(value) <= LARGEST


def is_count(value: Any) -> bool:
    """Return whether a value is a whole number from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def anything(_: Any) -> bool:
    """Return True."""
    return True


def or_none(fits: Fits) -> Fits:
    """Return a check that lets None pass too."""
    return lambda value: value is None or fits(value)


def an_object(**parts: Fits) -> Fits:
    """Return a check of a mapping that has at least these parts."""
    return lambda value: (
        isinstance(value, Mapping)
        and all(part in value and fits(value[part]) for part, fits in parts.items())
    )


def objects_of(**parts: Fits) -> Fits:
    """Return a check of a mapping whose values are mappings with at least these parts."""
    fits = an_object(**parts)
    return lambda value: isinstance(value, Mapping) and all(map(fits, value.values()))
