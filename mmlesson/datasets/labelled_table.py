"""Rows of table files as columns and labels, with checks that name the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.table_columns import Column, has_categories, parse_column, parse_labels
from mmlesson.datasets.table_reading import TableError, read_table
from mmlesson.utils.threads import count_cores

Array = npt.NDArray[Any]

_BLOCK = 4096  # rows that a thread copies at a time, so that they stay in its cache


class LabelledTable:
    """The rows of one or several files with the same columns.

    Args:
        files: Files, that of the training split first.
        label: Name of the label column.
        features: Names of the columns to learn from; None for all others.
        separator: See `read_table`.
        encoding: See `read_table`.

    Attributes:
        columns: Features.
        labels: Class of each row, -1 where the label is missing.
        classes: Names of the classes.
        sources: Index in ``files`` of each row.
        dropped: Number of rows that `drop` has left out.

    Raises:
        TableError: If a file cannot be read, or a column is of no use.
    """

    def __init__(
        self,
        files: Sequence[Path],
        label: str,
        features: Sequence[str] | None = None,
        separator: str | None = None,
        encoding: str = 'utf-8',
    ) -> None:
        self.name = ', '.join(map(str, files))
        self.label = label
        self.dropped = 0
        self._files = files
        self.sources: Array = np.zeros(0, np.int8)
        self._rows: Any = ()
        frame = self._read(features, separator, encoding)
        self.labels, self.classes = self._parse_labels(frame)
        names = [str(name) for name in frame.columns if name != label]
        if not names:
            raise TableError(f'{self.name} has no column besides the label {label!r}.')
        self.columns = [parse_column(frame[name], self.where) for name in names]
        if features is None:
            self._refuse_row_numbers()

    def where(self, position: int) -> str:
        """Return the name of a row, as a spreadsheet counts it, given its position."""
        row = f'row {self._rows[position]}'
        return row if len(self._files) == 1 else f'{row} of {self._files[self.sources[position]]}'

    def refuse_missing(self, cells: bool) -> None:
        """Raise if a label is missing, or, if ``cells``, a cell of a feature.

        Raises:
            TableError: It lists columns, counts and first rows.
        """
        unlabelled = np.flatnonzero(self.labels < 0)
        if len(unlabelled):
            raise TableError(
                f'{self.name} has {len(unlabelled)} rows without a label {self.label!r}, first '
                f"{self.where(int(unlabelled[0]))}. Fill them, or set missing='drop'."
            )
        gaps = self._gaps() if cells else {}
        if not gaps:
            return
        listed = [
            f'{gap.sum()} in {name!r} (first in {self.where(int(gap.argmax()))})'
            for name, gap in list(gaps.items())[:5]
        ]
        more = f', and others in {len(gaps) - 5} more columns' if len(gaps) > 5 else ''
        raise TableError(
            f'{self.name} has missing cells: {", ".join(listed)}{more}. Fill them, or set '
            "missing='mean' or missing='drop'."
        )

    def drop(self) -> None:
        """Leave out the rows with a missing label or cell.

        Raises:
            TableError: If no row is left.
        """
        keep = ~np.logical_or.reduce([self.labels < 0, *self._gaps().values()])
        if not keep.any():
            raise TableError(f'{self.name} has no row without missing cells.')
        self.dropped = int((~keep).sum())
        if self.dropped:
            self.labels, self.sources = self.labels[keep], self.sources[keep]
            self._rows = self._rows[keep]
            self.columns = [
                Column(column.name, column.values[keep], column.categories)
                for column in self.columns
            ]

    def stack(self) -> Array:
        """Return the columns side by side, float32 (N, number of columns)."""
        stacked = np.empty((len(self.labels), len(self.columns)), np.float32)

        def copy(start: int) -> None:
            for place, column in enumerate(self.columns):
                stacked[start : start + _BLOCK, place] = column.values[start : start + _BLOCK]

        with ThreadPoolExecutor(count_cores()) as pool:
            list(pool.map(copy, range(0, len(stacked), _BLOCK)))
        return stacked

    def _read(self, features: Sequence[str] | None, separator: str | None, encoding: str) -> Any:
        """Return the rows of all files in a ``DataFrame``."""
        import pandas as pd

        columns = None if features is None else [*features, self.label]
        first, *others = self._files
        frames = [read_table(first, columns, separator, encoding, label=self.label)]
        columns = [str(name) for name in frames[0].columns]
        if self.label not in columns:
            read_table(first, [self.label], separator, encoding)  # lists the columns
        texts = {name for name in columns if others and has_categories(frames[0][name])}
        if not pd.api.types.is_numeric_dtype(frames[0][self.label].dtype):
            texts.add(self.label)  # of which 1.0 is another class than 1
        for file in others:
            frame = read_table(file, columns, separator, encoding, texts, label=self.label)
            self._check_kinds(frame, file, texts)
            frames.append(frame)
        sizes = [len(frame) for frame in frames]
        self.sources = np.repeat(np.arange(len(frames), dtype=np.int8), sizes)
        frame = frames[0] if len(frames) == 1 else pd.concat(frames)
        self._rows = frame.index
        return frame

    def _check_kinds(self, frame: Any, file: Path, texts: set[str]) -> None:
        """Refuse texts in a column that has numbers in the training file."""
        for name in frame.columns:
            if name not in texts and name != self.label and has_categories(frame[name]):
                raise TableError(
                    f'Column {name!r} has numbers in {self._files[0]}, but texts in {file}. '
                    'Correct these cells, or leave the column out by features=.'
                )

    def _parse_labels(self, frame: Any) -> tuple[Array, tuple[str, ...]]:
        labels, names = parse_labels(frame[self.label], self.where)
        if len(self._files) > 1:
            self._refuse_new_classes(labels, names)
        rows = int((labels >= 0).sum())
        if len(names) < 2 or len(names) == rows > 2:
            raise TableError(
                f'The label column {self.label!r} of {self.name} has {len(names)} different '
                f'values in {rows} rows: these are no classes. Set label= to another column.'
            )
        return labels, tuple(names)

    def _refuse_new_classes(self, labels: Array, names: Sequence[str]) -> None:
        """Refuse a class that the training file does not have."""
        strange = np.flatnonzero((labels >= 0) & ~np.isin(labels, labels[self.sources == 0]))
        if len(strange):
            raise TableError(
                f'{self.where(int(strange[0]))} has the label {names[labels[strange[0]]]!r}, '
                'which the training file does not have.'
            )

    def _refuse_row_numbers(self) -> None:
        """Refuse a column that counts the rows: files are often sorted by class."""
        for column in self.columns:
            if column.categories is None and _counts_rows(column.values):
                raise TableError(
                    f'Column {column.name!r} of {self.name} counts the rows. Leave it out by '
                    'features=, or name it there to learn from it.'
                )

    def _gaps(self) -> Mapping[str, Array]:
        """Return which cells are missing, (N,), of each column that has such cells."""
        return {
            column.name: np.isnan(column.values)
            for column in self.columns
            if np.isnan(column.values.sum())  # a sum needs less time and memory
        }


def _counts_rows(values: Array) -> bool:
    last = len(values) - 1
    if last < 2 or values[0] not in (0, 1) or values[last] != values[0] + last:
        return False
    return bool((np.diff(values) == 1).all())
