"""Reading of CSV, TSV and Parquet files as tables."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mmlesson.errors import ArgumentError, did_you_mean, shorten

TEXT_SUFFIXES = ('.csv', '.tsv', '.txt')
PARQUET_SUFFIXES = ('.parquet', '.pq')
SUFFIXES = TEXT_SUFFIXES + PARQUET_SUFFIXES
UNNAMED = 'column '  # and its number: the name of a column of a text file without one
FIRST_ROW = 2  # as a spreadsheet counts: the header is row 1

_SEPARATORS = {',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar'}
_PLAIN_NUMBER = re.compile(r'\s*[-+]?(?!0\d)(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*')
"""A number; 01 is a name."""

_MISSING = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND',
            '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan',
            'null']  # fmt: skip
"""Cells that pandas takes for missing ones, in columns other than the label."""

_HEAD = 1 << 20  # characters in which the header must end


class TableError(ArgumentError):
    """A table cannot be read, or its cells cannot be used."""


def read_table(
    path: Path,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    encoding: str = 'utf-8',
    text_columns: Collection[str] = (),
    others: bool = False,
    label: str | None = None,
) -> Any:
    """Read a table whose first row has the names of the columns.

    Args:
        path: File; its suffix says whether it is Parquet or text.
        columns: Columns that the table must have; None for all that it has.
        separator: Character between the cells of a text file; None to find it in the header:
            comma, semicolon, tab or bar.
        encoding: Encoding of a text file; a byte order mark is skipped.
        text_columns: Columns that are read as text even if all of their cells are numbers, the
            label among them.
        others: Whether to return the other columns too.
        label: Column of class names, or None. In a text file, only an empty cell of it is missing:
            NA is a class, and so is 01. Numbers become numbers if all of its cells are.

    Returns:
        A pandas ``DataFrame``. Its index has the number of each row in a spreadsheet, where the
        header is row 1; rows without any value are left out.

    Raises:
        TableError: If the file cannot be read, or lacks a column; the message is one line.
    """
    if not path.is_file():
        raise TableError(f'There is no file {path.absolute()}. Check the path of the table.')
    if path.suffix.lower() not in SUFFIXES:
        raise TableError(
            f'{path} must be a file of the kind {", ".join(SUFFIXES)}. Unpack it, or save it as '
            'CSV.'
        )
    if path.suffix.lower() in PARQUET_SUFFIXES:
        frame = _read_parquet(path, columns, others)
    else:
        frame = _read_text(path, columns, separator, encoding, text_columns, label)
    frame.index = range(FIRST_ROW, FIRST_ROW + len(frame))
    if frame.iloc[:, 0].isna().any():  # blank lines; a look at one column saves time
        frame = frame.dropna(how='all')
    if frame.empty:
        raise TableError(f'{path} has no rows below its header.')
    return frame if columns is None or others else frame[list(columns)]


def _read_text(
    path: Path,
    columns: Sequence[str] | None,
    separator: str | None,
    encoding: str,
    text_columns: Collection[str],
    label: str | None,
) -> Any:
    import pandas as pd

    head = _read_head(path, encoding)
    separator = separator or _find_separator(path, head)
    first = [name.strip() for name in _first_record(head, separator)]
    header = [name or f'{UNNAMED}{place + 1}' for place, name in enumerate(first)]
    _check_header(path, header, columns, separator)
    options: dict[str, Any] = {  # without usecols, with which longer rows are not noticed
        'sep': separator,
        'encoding': encoding,
        'header': 0,
        'names': header,
        'dtype': {name: str for name in (*text_columns, label) if name in header},
        'skip_blank_lines': False,  # they count as rows of a spreadsheet
        'index_col': False,  # or else a longer row would turn the first column into an index
    }
    if label in header:
        missing = {name: [''] if name == label else _MISSING for name in options['names']}
        options |= {'na_values': missing, 'keep_default_na': False}
    inferred = options['dtype']
    if label in header and _begins_with_text(head, separator, header.index(label)):
        inferred = {name: str for name in text_columns if name in header}  # pandas reads it faster
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error', pd.errors.ParserWarning)
            warnings.simplefilter('error', pd.errors.DtypeWarning)
            try:
                frame = pd.read_csv(path, **{**options, 'dtype': inferred})
            except pd.errors.DtypeWarning:  # a column with numbers and text: read it in one piece
                frame = pd.read_csv(path, **options, low_memory=False)
            if label in header and not pd.api.types.is_string_dtype(frame[label]):
                frame = pd.read_csv(path, **options)
    except (pd.errors.ParserWarning, ValueError, OSError) as err:
        raise TableError(f'{path} cannot be read: {_reason(err, encoding)}') from err
    if label in header and label not in text_columns and _is_numeric(frame[label]):
        frame[label] = pd.to_numeric(frame[label])
    return frame


def _begins_with_text(head: str, separator: str, place: int) -> bool:
    """Return whether a column has a word in its first row, and so usually in all rows."""
    rows = csv.reader(io.StringIO(head, newline=''), delimiter=separator)
    with suppress(csv.Error, StopIteration, IndexError):
        next(rows)
        cell = next(rows)[place]
        return cell[:1].isalpha() and cell.lower() not in ('true', 'false')
    return False


def _is_numeric(texts: Any) -> bool:
    """Return whether all cells that are not missing are numbers; usually the first one decides."""
    cells = texts.dropna()
    return all(map(_PLAIN_NUMBER.fullmatch, cells[:1])) and all(
        map(_PLAIN_NUMBER.fullmatch, cells.unique())
    )


def _reason(err: Exception, encoding: str) -> str:
    """Return what is wrong with a file, in one line, for an error of pandas."""
    if isinstance(err, UnicodeError):
        return _encoding_hint(encoding)
    text = (str(err).splitlines() or [type(err).__name__])[0].rstrip('.')
    if text.startswith('Length of header'):
        return 'its rows have more cells than its header. Name every column.'
    return text.removeprefix('Error tokenizing data. C error: ') + '.'


def _encoding_hint(encoding: str) -> str:
    return (
        f'it is not text in the encoding {encoding!r}. Save it as UTF-8, or train with encoding=, '
        "such as 'cp1252' (Windows), 'utf-16' or 'gbk'."
    )


def _binary_hint(path: Path, encoding: str) -> str:
    with path.open('rb') as file:
        start = file.read(4)
    if start.startswith((b'\x1f\x8b', b'PK\3\4', b'\xd0\xcf\x11\xe0')):
        return 'it is a compressed file or a workbook. Unpack it, or save it as CSV.'
    return _encoding_hint(encoding)


def _read_head(path: Path, encoding: str) -> str:
    """Return the beginning of a text file, without a byte order mark."""
    try:
        with path.open(encoding=encoding, newline='') as file:
            head = file.read(_HEAD).removeprefix('\ufeff')
    except LookupError as err:
        raise TableError(f"encoding must be one that Python knows, got '{encoding}'.") from err
    except UnicodeError as err:
        raise TableError(f'{path} cannot be read: {_binary_hint(path, encoding)}') from err
    except OSError as err:
        raise TableError(f'{path} cannot be read: {err.strerror}.') from err
    if '\0' in head:
        raise TableError(f'{path} cannot be read: {_binary_hint(path, encoding)}')
    if not head.strip():
        raise TableError(f'{path} is empty.')
    return head


def _first_record(head: str, separator: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(head, newline=''), delimiter=separator))
    except csv.Error:  # a cell of more than 131,072 characters
        return [head.splitlines()[0]]


def _find_separator(path: Path, head: str) -> str:
    """Return the separator that divides the header into the most columns."""
    if path.suffix.lower() == '.tsv':
        return '\t'
    counts = {separator: len(_first_record(head, separator)) for separator in _SEPARATORS}
    most = max(counts.values())
    best = [separator for separator, count in counts.items() if count == most]
    if most > 1 and len(best) > 1:
        names = ' and '.join(_SEPARATORS[separator] for separator in best)
        raise TableError(f'{path} has as many columns with {names} as separators. Set separator=.')
    return best[0]


def _check_header(
    path: Path, header: list[str], columns: Sequence[str] | None, separator: str
) -> None:
    if len(header) == 1 and header != list(columns or ()):
        raise TableError(
            f'{path} has only one column, {shorten(header[0])}, with {separator!r} as separator. '
            "Set separator= to the character between its cells, such as separator='\\t'."
        )
    if all(is_number(name) for name in header):
        raise TableError(
            f'{path} has no header: its first row is {shorten(", ".join(header))}. Add a first row '
            'with the names of the columns.'
        )
    check_names(path, header, columns)


def check_names(path: Path | str, names: list[str], columns: Sequence[str] | None) -> None:
    """Raise unless the names of a table are different, and those of ``columns`` are among them.

    Args:
        path: File of the table, or another name of it, for the message.
        names: Names of the columns; an empty one is no name.
        columns: Columns that the table must have, or None.

    Raises:
        TableError: If it has a name twice, or lacks a column.
    """
    twice = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    if twice:
        raise TableError(f'{path} has several columns {twice[0]!r}. Rename all but one of them.')
    missing = [name for name in columns or () if name not in names]
    if missing:
        listed = ', '.join(map(repr, names[:20])) + (', …' if len(names) > 20 else '')
        raise TableError(
            f'{path} has no column {missing[0]!r}, but {listed}.{did_you_mean(missing[0], names)}'
        )


def is_number(text: str) -> bool:
    """Return whether Python reads a text as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_parquet(path: Path, columns: Sequence[str] | None, others: bool) -> Any:
    try:
        import pyarrow.parquet as parquet
    except ImportError as err:
        raise TableError(f'{path} needs pyarrow: pip install pyarrow') from err
    try:
        table = parquet.ParquetFile(path)
        names = [str(name) for name in table.schema_arrow.names if not _is_unnamed_index(name)]
        check_names(path, names, columns)
        chosen = None if columns is None or others else list(columns)
        frame = table.read(columns=chosen).to_pandas()
        frame = frame.reset_index([name for name in frame.index.names if name in names])
        frame.columns = [str(name) for name in frame.columns]  # pandas can store ints
    except TableError:
        raise
    except Exception as err:  # a damaged file may raise any error of pyarrow
        reason = (str(err).splitlines() or [type(err).__name__])[0].rstrip('.')
        raise TableError(f'{path} cannot be read: {reason}.') from err
    return frame.reset_index(drop=True)


def _is_unnamed_index(name: Any) -> bool:
    """Return whether a column of a Parquet file is one of row numbers, written by pandas."""
    return re.fullmatch(r'__index_level_\d+__', str(name)) is not None
