"""Columns of a table as numbers: values, or the category of each cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.table_reading import TableError
from mmlesson.errors import shorten

Array = npt.NDArray[Any]

MAX_CATEGORIES = 1000  # of one text column: each is an input of the network
_FEW = 10  # rows of a table too small to know an identifier by its different values

_SPREAD = 1e-4  # range of a column, relative to its size; float32 then has 1,000 steps

_OTHER_NUMBER = (
    r'(?=.*[,%$€£¥])[\s$€£¥]*[-+]?[\s$€£¥]*(\d+|\d{1,3}([.,]\d{3})+)([.,]\d+)?[\s%$€£¥]*'
)
"""A number with a comma, a percent sign or a currency, such as 1.234,5 or $3 or 45%."""


@dataclass(frozen=True)
class Column:
    """The cells of one column.

    Args:
        name: Its name.
        values: float64 (N,): numbers, or indices of ``categories``; NaN where a cell is missing.
        categories: Different texts of a text column, sorted; None for a column of numbers.
    """

    name: str
    values: Array
    categories: tuple[str, ...] | None = None


def parse_column(series: Any, where: Callable[[int], str]) -> Column:
    """Return a column of a ``DataFrame`` as numbers.

    A text column is one of numbers if at least half of its cells are: the others are then
    mistakes, and refused. Blanks around a text are ignored.

    Args:
        series: The column.
        where: Returns the name of a row, given its position.

    Raises:
        TableError: If a cell is wrong, or the column is of no use as a feature.
    """
    from pandas.api import types

    name = str(series.name)
    if types.is_numeric_dtype(series.dtype):  # also of True and False
        return Column(name, _finite(name, _to_float(series), where))
    if not _is_text(series):
        raise TableError(
            f'Column {name!r} has the type {series.dtype}, neither numbers nor text. Leave it out '
            'by features=, or turn it into numbers.'
        )
    numbers, codes, texts = parse_numbers(series), *parse_texts(series)
    filled, is_number = codes >= 0, ~np.isnan(numbers)
    if filled.any() and is_number.sum() >= filled.sum() / 2:
        _refuse_cells(name, series, np.flatnonzero(filled & ~is_number), where)
        return Column(name, _finite(name, numbers, where))
    _check_categories(name, series, texts, int(filled.sum()))
    return Column(name, np.where(filled, codes, np.nan), tuple(texts))


def _to_float(series: Any) -> Array:
    values: Array = series.to_numpy(np.float64, na_value=np.nan)
    return values


def _is_text(series: Any) -> bool:
    from pandas.api import types

    dtype = series.dtype
    is_category = getattr(dtype, 'name', '') == 'category'
    return is_category or types.is_object_dtype(dtype) or types.is_string_dtype(dtype)


def has_categories(series: Any) -> bool:
    """Return whether `parse_column` takes a column for one of texts."""
    if not _is_text(series):
        return False
    codes, _ = parse_texts(series)
    filled = int((codes >= 0).sum())
    return filled > 0 and int((~np.isnan(parse_numbers(series))).sum()) < filled / 2


def parse_numbers(series: Any) -> Array:
    """Return each cell as float64; NaN for one that is missing or no number."""
    import pandas as pd
    from pandas.api import types

    if types.is_numeric_dtype(series.dtype):
        return _to_float(series)
    numbers = pd.to_numeric(series.astype(object), errors='coerce')
    return _to_float(numbers.astype('float64'))


def parse_texts(series: Any) -> tuple[Array, list[str]]:
    """Return the index of the text of each cell, -1 where it is missing, and the sorted texts.

    Raises:
        TableError: If a cell holds several values, as those of Parquet files can.
    """
    import pandas as pd

    try:
        codes, found = pd.factorize(series)
    except TypeError:  # a list has no hash
        raise TableError(
            f'Column {str(series.name)!r} has lists in its cells, neither numbers nor text. Leave '
            'it out by features=, or make a column of each value.'
        ) from None
    names = [_to_text(value) for value in found]
    texts = sorted({name for name in names if name})
    places = {text: place for place, text in enumerate(texts)}
    order = np.array([*(places.get(name, -1) for name in names), -1], np.int64)
    return order[codes], texts  # a missing cell has the code -1, which is the last entry


def _to_text(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value).strip()


def _finite(name: str, values: Array, where: Callable[[int], str]) -> Array:
    """Return values, which must be distinguishable in float32."""
    limit = np.finfo(np.float32).max
    # fmax and fmin skip NaN, and need no memory.
    top, bottom = np.fmax.reduce(values, initial=-np.inf), np.fmin.reduce(values, initial=np.inf)
    size = max(top, -bottom)
    if size > limit:
        row = int(np.flatnonzero(np.abs(values) > limit)[0])
        raise TableError(
            f'Column {name!r} has {values[row]:g} in {where(row)}, which is infinite or beyond '
            'float32. Correct it, or leave the column out by features=.'
        )
    if 0 < top - bottom < _SPREAD * max(abs(top), abs(bottom)):
        raise TableError(
            f'Column {name!r} has values from {bottom:.17g} to {top:.17g}, too close to each other '
            'for float32. Subtract the smallest from all.'
        )
    return values


def _refuse_cells(name: str, series: Any, rows: Array, where: Callable[[int], str]) -> None:
    """Raise if there are cells that are no numbers; the message lists the first of them."""
    if len(rows) == 0:
        return
    cells = ', '.join(f'{shorten(series.iloc[row], 30)} in {where(int(row))}' for row in rows[:3])
    more = f', and {len(rows) - 3} more' if len(rows) > 3 else ''
    raise TableError(
        f'Column {name!r} has numbers, but {cells}{more}. Correct these cells, or leave the column '
        'out by features=.'
    )


def _check_categories(name: str, series: Any, texts: Sequence[str], count: int) -> None:
    others = series.astype('str').str.fullmatch(_OTHER_NUMBER, na=False)
    if count and others.sum() >= count / 2:
        raise TableError(
            f'Column {name!r} has numbers with commas or signs, such as '
            f'{series[others].iloc[0]!r}. Write them with a decimal point, and without other signs.'
        )
    if len(texts) == count > _FEW:
        raise TableError(
            f'Column {name!r} has a different text in each row, such as {shorten(texts[0], 30)}: '
            'an identifier, from which nothing can be learned. Leave it out by features=.'
        )
    if len(texts) > MAX_CATEGORIES:
        raise TableError(
            f'Column {name!r} has {len(texts)} different texts, more than {MAX_CATEGORIES}. Leave '
            'it out by features=, or group its values.'
        )


def parse_labels(series: Any, where: Callable[[int], str]) -> tuple[Array, list[str]]:
    """Return the class of each row, -1 where the label is missing, and the names of the classes.

    Text is sorted as text; whole numbers, also those written as 1.0, are sorted as numbers.

    Raises:
        TableError: If the labels are numbers that are not whole.
    """
    from pandas.api import types

    if not types.is_numeric_dtype(series.dtype) or types.is_bool_dtype(series.dtype):
        return parse_texts(series)
    present = series.notna().to_numpy()
    values = _to_float(series)
    fractions = np.flatnonzero(present & ~np.equal(np.mod(values, 1), 0))
    if len(fractions):
        row = int(fractions[0])
        raise TableError(
            f'The label column {series.name!r} has {values[row]:g} in {where(row)}: classes must '
            'be texts or whole numbers. Group the values into classes.'
        )
    # Not as float64, which does not tell whole numbers above 2^53 apart.
    numbers, codes = np.unique(series[present].to_numpy(), return_inverse=True)
    labels = np.full(len(values), -1, np.int64)
    labels[present] = codes
    return labels, [str(int(number)) for number in numbers]
