"""Large text files of numbers, read in pieces as float32."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.table_columns import FLOAT32_MAX, are_too_close, stack_columns
from mmlesson.datasets.table_reading import (
    FIRST_ROW,
    TEXT_SUFFIXES,
    label_numbers,
    strict_parser,
    text_options,
)

Array = npt.NDArray[Any]

LARGE = 1 << 24  # bytes of a file that is read in pieces
_PIECE = 1 << 21  # cells
_NUMBERS = {np.dtype(np.float64), np.dtype(np.int64)}


def read_numeric_table(
    path: Path, label: str, features: Sequence[str] | None, separator: str | None, encoding: str
) -> tuple[Any, list[str], Array] | None:
    """Read a large text file of numbers without keeping all of them as float64.

    Why it is here: the first access to new memory takes long, and pieces use the same memory again.

    Args:
        path: File.
        label: Name of the label column.
        features: Names of the columns to read; None for all others.
        separator: See `read_table`.
        encoding: See `read_table`.

    Returns:
        The labels, a ``Series`` as `read_table` returns it; the names of the other columns; and
        these side by side, float32 (N, number of columns). None for a file that is left to
        `read_table`, which reads all kinds and says what is wrong with one: it is small or no text,
        a cell is missing or no number, or a column counts rows or does not fit into float32.

    Raises:
        TableError: If the header cannot be read, or lacks one of the features.
    """
    import pandas as pd

    is_text = path.suffix.lower() in TEXT_SUFFIXES and path.is_file()
    if not is_text or path.stat().st_size < LARGE:
        return None
    columns = None if features is None else [*features, label]
    options = text_options(path, columns, separator, encoding, label=label)
    names = [name for name in columns or options['names'] if name != label]
    if label not in options['dtype'] or not names:
        return None
    # A power of two, as pandas finds the type of a column in such a number of rows at a time.
    rows = 1 << (max(1, _PIECE // len(options['names'])).bit_length() - 1)
    try:
        with strict_parser(), pd.read_csv(path, chunksize=rows, **options) as pieces:
            return _join(pieces, label, names)
    except (pd.errors.ParserWarning, pd.errors.DtypeWarning, ValueError, OSError):
        return None


def _join(pieces: Any, label: str, names: list[str]) -> tuple[Any, list[str], Array] | None:
    import pandas as pd

    values, labels = np.empty((0, len(names)), np.float32), []
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    for piece in pieces:
        if not _NUMBERS.issuperset(piece[names].dtypes) or piece[label].isna().any():
            return None
        columns = [piece[name].to_numpy(np.float64) for name in names]
        low = np.minimum(low, [column.min() for column in columns])
        high = np.maximum(high, [column.max() for column in columns])
        if not np.maximum(high, -low).max() <= FLOAT32_MAX:  # NaN is a missing cell
            return None
        start = len(values)
        values.resize((start + len(piece), len(names)), refcheck=False)  # mostly without a copy
        stack_columns(columns, values[start:])
        labels.append(piece[label])
    can_count = np.isin(low, (0, 1)) & (high == low + len(values) - 1)
    if can_count.any() or any(map(are_too_close, low, high)):
        return None
    texts = label_numbers(pd.concat(labels))
    texts.index = range(FIRST_ROW, FIRST_ROW + len(texts))
    return texts, names, values
