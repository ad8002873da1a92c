"""Encoding of table columns as inputs of a network, learned from the training split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.errors import ArgumentError

Array = npt.NDArray[Any]

UNKNOWN = -1.0  # instead of the index of a category that the training split does not have


@dataclass(frozen=True)
class ColumnEncoding:
    """Encoding of one column: a number as it is, or a text as one-hot vector.

    Args:
        name: Name of the column.
        categories: Texts of the training split, sorted; None for a column of numbers.
        fill: Means of the encoded column in the training split, one per input, which replace a
            missing cell; None if missing cells are refused.
    """

    name: str
    categories: tuple[str, ...] | None = None
    fill: tuple[float, ...] | None = None

    @classmethod
    def fit(
        cls, name: str, values: Array, categories: Sequence[str] | None, fills: bool
    ) -> ColumnEncoding:
        """Return the encoding of a column, given its values in the training split.

        Args:
            name: Name of the column.
            values: Numbers, or indices of ``categories``, (N,); NaN where a cell is missing.
            categories: Texts of the complete table, or None.
            fills: Whether missing cells are replaced.

        Raises:
            ArgumentError: If the training split has no value.
        """
        present = values[~np.isnan(values)].astype(np.float64)
        if len(present) == 0:
            raise ArgumentError(
                f'Column {name!r} has no value in the training split. Leave it out by features=.'
            )
        if categories is None:
            return cls(name, None, (float(present.mean()),))
        found, counts = np.unique(present.astype(np.int64), return_counts=True)
        known = tuple(str(categories[place]) for place in found)
        return cls(name, known, tuple((counts / len(present)).tolist()) if fills else None)

    @property
    def width(self) -> int:
        """Number of inputs of the network."""
        return 1 if self.categories is None else len(self.categories)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each input: that of the column, or column=category."""
        if self.categories is None:
            return (self.name,)
        return tuple(f'{self.name}={category}' for category in self.categories)

    def translate(self, values: Array, categories: Sequence[str]) -> Array:
        """Return indices of ``categories`` as indices of the own categories, or `UNKNOWN`."""
        places = {category: float(place) for place, category in enumerate(self.categories or ())}
        order = np.array([*(places.get(text, UNKNOWN) for text in categories), np.nan])
        return order[np.where(np.isnan(values), len(categories), values).astype(np.int64)]

    def encode(self, values: Array, out: Array) -> None:
        """Encode a column; a missing cell becomes ``fill``.

        Args:
            values: Numbers or indices of the own categories, (N,); NaN where a cell is missing.
                `UNKNOWN` becomes zeros.
            out: Array for the inputs of the network, float32 (N, width).
        """
        if self.categories is None:
            out[:, 0] = values
        else:
            out[:] = values[:, None] == np.arange(len(self.categories))
        if self.fill is not None:
            out[np.isnan(values)] = self.fill


@dataclass(frozen=True)
class TableEncoding:
    """What a model must know of its training table to use another one.

    Args:
        label: Name of the label column.
        columns: Encoding of each feature, in the order of the inputs.
        separator: Separator that the training file was read with, None for one that is found.
        text_encoding: Encoding that the training file was read with.
    """

    label: str
    columns: tuple[ColumnEncoding, ...]
    separator: str | None = None
    text_encoding: str = 'utf-8'

    @property
    def width(self) -> int:
        """Number of inputs of the network."""
        return sum(column.width for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each input of the network."""
        return tuple(name for column in self.columns for name in column.names)

    def encode(self, values: Sequence[Array]) -> Array:
        """Return the inputs of a network, float32 (N, width), for `ColumnEncoding` values each."""
        inputs = np.empty((len(values[0]), self.width), np.float32)
        start = 0
        for column, cells in zip(self.columns, values, strict=True):
            column.encode(cells, inputs[:, start : start + column.width])
            start += column.width
        return inputs

    def to_plain(self) -> dict[str, Any]:
        """Return the encoding as plain data, for a checkpoint."""
        columns = [
            {
                'name': column.name,
                'categories': None if column.categories is None else list(column.categories),
                'fill': None if column.fill is None else list(column.fill),
            }
            for column in self.columns
        ]
        return {
            'label': self.label,
            'columns': columns,
            'separator': self.separator,
            'text_encoding': self.text_encoding,
        }

    @classmethod
    def from_plain(cls, plain: Any) -> TableEncoding:
        """Return the encoding that `to_plain` described.

        Raises:
            ArgumentError: If it has another form.
        """
        try:
            columns = tuple(_column_from_plain(column) for column in plain['columns'])
            separator = plain['separator']
            if not columns:
                raise ValueError('it has no columns')
            if separator is not None and len(separator) != 1:
                raise ValueError(f'its separator is {separator!r}')
            return cls(str(plain['label']), columns, separator, str(plain['text_encoding']))
        except (KeyError, TypeError, ValueError) as err:
            raise ArgumentError(
                'The checkpoint has a damaged description of its training table '
                f'(meta.dataset_meta.table): {err!r}.'
            ) from err


def _column_from_plain(plain: Mapping[str, Any]) -> ColumnEncoding:
    categories = plain['categories']
    known = None if categories is None else tuple(map(str, categories))
    fill = None if plain['fill'] is None else tuple(map(float, plain['fill']))
    column = ColumnEncoding(str(plain['name']), known, fill)
    if fill is not None and len(fill) != column.width:
        raise ValueError(f'column {column.name!r} has {len(fill)} means')
    return column
