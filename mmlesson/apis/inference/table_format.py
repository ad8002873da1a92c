"""Tables as inputs of a model that was trained on a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.table_columns import parse_labels, parse_numbers, parse_texts
from mmlesson.datasets.table_encoding import UNKNOWN, ColumnEncoding, TableEncoding
from mmlesson.datasets.table_reading import SUFFIXES, TableError, check_names, read_table
from mmlesson.errors import shorten

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class TableRow:
    """A row of a table that the model can be applied to.

    Args:
        number: Number of the row in a spreadsheet, where the header is row 1; of a DataFrame the
            position, from 0.
        sample: Encoded features, float32 (D,).
        label: Class in the label column; None without one.
    """

    number: int
    sample: Array
    label: int | None


@dataclass
class TableFormat:
    """Rows of a table, encoded as the training table was; columns are found by name.

    Args:
        dataset: Name of the dataset, used in messages.
        encoding: Encoding of the columns.
        classes: Names of the classes.
    """

    dataset: str
    encoding: TableEncoding
    classes: tuple[str, ...]
    notes: dict[str, None] = field(default_factory=dict)
    is_image: bool = False
    has_one_shape: bool = True

    def split(self, array: Array) -> Array:
        """Return rows of encoded features, (D,) or (N, D), as samples, float32 (N, D)."""
        width = self.encoding.width
        if array.shape[-1:] != (width,) or array.ndim > 2 or array.dtype.kind not in 'fiu':
            raise InputError(
                f'an array must have numbers in the shape ({width},) or (N, {width}), one column '
                f'for each of {shorten(list(self.encoding.names))}; got {array.dtype} of '
                f'{array.shape}.'
            )
        with np.errstate(over='ignore'):  # float64 values beyond float32 become infinite
            rows = array.astype(np.float32).reshape(-1, width)
        if not np.isfinite(rows).all():
            raise InputError('an array must hold finite float32 numbers, got NaN or infinity.')
        return rows

    def read(self, file: Path) -> Array:
        """Refuse a file that is no table."""
        raise InputError(
            f'it is no table, which the model was trained on. Give a file of the kind '
            f'{", ".join(SUFFIXES)}.'
        )

    def read_rows(self, file: Path) -> tuple[list[TableRow], dict[int, str]]:
        """Read a table.

        Args:
            file: CSV, TSV or Parquet file, with a column for each feature, in any order.

        Returns:
            The rows, and the reason for each row that cannot be used, by its number.

        Raises:
            InputError: If the file cannot be read, or lacks a column.
        """
        texts = {column.name for column in self.encoding.columns if column.categories is not None}
        if not all(name.lstrip('-').isdecimal() for name in self.classes):
            texts.add(self.encoding.label)  # whose cells 1.0 are a class of this name
        try:
            frame = read_table(
                file,
                self._names,
                self.encoding.separator,
                self.encoding.text_encoding,
                text_columns=texts,
                others=True,
                label=self.encoding.label,
            )
            return self._rows_of(frame)
        except TableError as err:
            raise InputError(str(err).removeprefix(f'{file} ')) from err

    def split_frame(self, frame: Any) -> tuple[list[TableRow], dict[int, str]]:
        """Return the rows of a pandas ``DataFrame`` as `read_rows` does; its index is ignored.

        Args:
            frame: Table with a column for each feature, in any order.

        Raises:
            InputError: If it lacks a column.
        """
        try:
            named = frame.set_axis([str(name) for name in frame.columns], axis=1)
            check_names('the table', list(named.columns), self._names)
            return self._rows_of(named.reset_index(drop=True))
        except TableError as err:
            raise InputError(str(err)) from err

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.encoding.columns]

    def _rows_of(self, frame: Any) -> tuple[list[TableRow], dict[int, str]]:
        """Return the rows of a table, numbered by its index, and why others cannot be used."""
        labels = self._labels(frame)
        known = {*self._names, self.encoding.label}
        ignored = [str(name) for name in frame.columns if str(name) not in known]
        if ignored:
            self._note(f'columns that the model does not know are ignored: {shorten(ignored)}')
        failed: dict[int, str] = {}
        values = [
            self._parse(column, frame[column.name], failed) for column in self.encoding.columns
        ]
        with np.errstate(over='ignore'):  # in rows that have failed
            samples = self.encoding.encode(values)
        rows = zip(map(int, frame.index), samples, labels, strict=True)
        return [TableRow(*row) for row in rows if row[0] not in failed], failed

    def _parse(self, column: ColumnEncoding, series: Any, failed: dict[int, str]) -> Array:
        """Return the cells of a column for its encoding; note the rows that cannot be used."""
        codes, texts = parse_texts(series)
        values = np.where(codes < 0, np.nan, codes)
        if column.categories is None:
            values = parse_numbers(series)
            wrong = (codes >= 0) & ~(np.abs(values) <= np.finfo(np.float32).max)  # also NaN
            for place in np.flatnonzero(wrong):
                (cell,) = series.iloc[[place]].tolist()  # of Python's types, not of NumPy's
                cell = f'{column.name!r} is {shorten(cell, 30)}'
                failed.setdefault(int(series.index[place]), f'{cell}, not a finite number.')
        else:
            values = column.translate(values, texts)
            unknown = int((values == UNKNOWN).sum())
            if unknown:
                self._note(
                    f'{unknown} rows have a text in {column.name!r} that the training split does '
                    'not have; it is encoded as zeros'
                )
        if column.fill is None:
            for place in np.flatnonzero(codes < 0):
                failed.setdefault(int(series.index[place]), f'{column.name!r} is missing.')
        return values

    def _labels(self, frame: Any) -> list[int | None]:
        """Return the class of each row, None where there is none."""
        if self.encoding.label not in frame.columns:
            return [None] * len(frame)
        try:
            codes, names = parse_labels(frame[self.encoding.label], lambda place: f'row {place}')
        except TableError as err:
            self._note(str(err))
            return [None] * len(frame)
        places = {name: place for place, name in enumerate(self.classes)}
        labels = [places.get(names[code]) if code >= 0 else None for code in codes]
        unknown = int((codes >= 0).sum()) - sum(label is not None for label in labels)
        if unknown:
            self._note(f'{unknown} rows have a label that is no class of the model')
        return labels

    def _note(self, text: str) -> None:
        self.notes[text] = None
