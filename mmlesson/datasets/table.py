"""Dataset of the rows of a table: a CSV, TSV or Parquet file."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.logging import print_log

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.datasets.labelled_table import LabelledTable
from mmlesson.datasets.splits import SPLIT_NAMES, fold_indices, split_indices
from mmlesson.datasets.table_columns import Column
from mmlesson.datasets.table_encoding import UNKNOWN, ColumnEncoding, TableEncoding
from mmlesson.errors import ArgumentError, UserError, check_choice, shorten
from mmlesson.registry import DATASETS

_CHEAP = 1 << 20  # bytes of a file that is read for the config check
_MOST_COPIES = 0.1  # share of the rows of a file, which can be equal to others by chance


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class TableDataset(ArrayDataset):
    """The rows of a CSV, TSV or Parquet file, one column of which is the label.

    Why it is here: it is the shortest way to train on data of your own.

    The first row of the file has the names of the columns. A column of numbers is one input of the
    network. A column of text is a one-hot vector over the texts of the training split; another text
    in validation, test or prediction becomes zeros, as in scikit-learn's
    ``OneHotEncoder(handle_unknown='ignore')``, and is counted in a warning. All that is learned
    from values comes from the training split only, and is stored in checkpoints, so that a model
    reads another table by the names of its columns.

    Args:
        path: File; a relative path starts at the current directory. Or the file of each split,
            {'train': ..., 'test': ...}: a split without a file is taken from that of 'train' in the
            proportions of ``split_ratio``.
        label: Name of the label column: texts, whole numbers, or True and False. In a text file, NA
            and 01 are classes too: only an empty cell is a missing label.
        features: Names of the columns to learn from; None for all others.
        missing: Use of rows with missing cells: 'error' refuses them; 'mean' replaces a missing
            cell by the mean of the encoded column in the training split; 'drop' leaves the row out.
            A missing label is refused, except by 'drop'.
        separator: Character between the cells; None to find it: comma, semicolon, tab or bar.
        encoding: Encoding of a text file.

    The other arguments are those of `ArrayDataset`.

    Shape:
        A batch: inputs float32 (N, D), one per column of numbers and per category; labels int64
        (N,). They are not standardised: the data preprocessor of the model does that.

    Raises:
        TableError: If the file cannot be read, or a column is of no use; the message names the
            column, and the row as a spreadsheet counts it: the header is row 1.
    """

    path: str | Mapping[str, str]
    label: str
    features: Sequence[str] | None = None
    missing: str = 'error'
    separator: str | None = None
    encoding: str = 'utf-8'

    def __post_init__(self) -> None:
        """Check the arguments, read the file and keep the rows of the split."""
        owner = type(self).__name__
        self._files = _check_files(owner, self.path)
        for name in ('label', 'encoding'):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                raise ArgumentError(f'{owner}.{name} must be a text, got {shorten(value)}.')
        check_choice(owner, 'missing', self.missing, ('error', 'mean', 'drop'))
        separator = self.separator
        if separator is not None and not (isinstance(separator, str) and len(separator) == 1):
            raise ArgumentError(
                f'{owner}.separator must be one character or None, got {shorten(separator)}.'
            )
        _check_features(owner, self.features, self.label)
        super().__post_init__()

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return facts about a small table, which is read for them; none about a large one."""
        known = {field.name for field in fields(cls) if field.init}
        given = {name: value for name, value in arguments.items() if name in known}
        try:
            files = _check_files(cls.__name__, given.get('path', getattr(cls, 'path', None)))
            if sum(file.stat().st_size for file in files.values()) > _CHEAP:
                return {}
            data = cls(**given)
        except (UserError, TypeError, OSError):
            return {}  # reported when the dataset is built
        facts = {'num_classes': len(data.classes), 'input_shape': data.metainfo['input_shape']}
        size = sum(split.size for split in data.splits.values())
        return facts if len(files) > 1 else {**facts, 'num_samples': size}

    @property
    def metainfo(self) -> dict[str, Any]:
        """Description in plain data; 'table' is that of `TableEncoding`."""
        return {**super().metainfo, 'table': self.table.to_plain()}

    def _load(self) -> tuple[Array, Array, None]:
        files = list(self._files.values())
        table = LabelledTable(files, self.label, self.features, self.separator, self.encoding)
        self.classes = table.classes
        if self.missing == 'drop':
            table.drop()
        else:
            table.refuse_missing(cells=self.missing == 'error')
        if table.dropped and self.split == 'train':
            self._warn(f'{table.dropped} rows have missing cells and are left out.')
        self._warn_of_spellings()
        raw = table.stack()
        self._sources = table.sources
        self._warn_of_copies(raw)
        # Values are needed only to read a text column or to fill gaps.
        self._columns = [
            Column(column.name, column.values[:0], column.categories) for column in table.columns
        ]
        self._missing = np.isnan(raw) if self.missing == 'mean' else np.zeros(0, bool)
        if self._missing.any():
            raw[self._missing] = 0  # finite, for the hash of the data; replaced in `_hold`
        return raw, table.labels, None

    def _assign(self, strata: Array) -> dict[str, npt.NDArray[np.int64]]:
        if len(self._files) == 1:
            return super()._assign(strata)
        ratio = [
            0 if name in self._files and name != 'train' else share
            for name, share in zip(SPLIT_NAMES, self.split_ratio, strict=True)
        ]
        if ratio[0] == 0:
            raise ArgumentError(f'{type(self).__name__}.split_ratio must give rows to train.')
        own = np.flatnonzero(self._sources == 0).astype(np.int64)
        shares = [share / sum(ratio) for share in ratio]
        parts = split_indices(strata[own], shares, self.split_seed)
        assigned = {name: own[part] for name, part in parts.items()}
        for place, name in enumerate(self._files):
            if name != 'train':
                assigned[name] = np.flatnonzero(self._sources == place).astype(np.int64)
        if self.fold is None:
            return assigned
        rest = np.concatenate([assigned['train'], assigned['val']])
        return {**assigned, **fold_indices(strata, rest, self.fold, self.split_seed)}

    def _hold(self, inputs: Array, labels: Array) -> None:
        if len(self.splits['train'].indices) == 0:
            raise ArgumentError(
                f'{type(self).__name__}.split_ratio must give rows to train, which the encoding is '
                "learned from. For a file of its own, set path={'train': ..., 'test': ...}."
            )
        if self._missing.any():
            inputs[self._missing] = np.nan
        self.table = TableEncoding(self.label, self._fit(inputs), self.separator, self.encoding)
        if self.missing == 'mean' or any(column.categories for column in self._columns):
            inputs = self._encode(inputs)
        del self._missing, self._sources, self._columns
        super()._hold(inputs, labels)
        self._warn_of_constants()

    def _fit(self, inputs: Array) -> tuple[ColumnEncoding, ...]:
        """Return the encoding of each column, learned from the training split."""
        rows, fills = self.splits['train'].indices, self.missing == 'mean'
        return tuple(
            ColumnEncoding.fit(column.name, inputs[rows, place], column.categories, fills)
            if fills or column.categories
            else ColumnEncoding(column.name)
            for place, column in enumerate(self._columns)
        )

    def _encode(self, inputs: Array) -> Array:
        values = []
        for place, encoding in enumerate(self.table.columns):
            cells, categories = inputs[:, place], self._columns[place].categories
            if categories is not None:
                cells = encoding.translate(cells, categories)
                self._warn_of_unknown(encoding.name, cells)
            values.append(cells)
        return self.table.encode(values)

    def _warn_of_unknown(self, name: str, cells: Array) -> None:
        unknown = int((cells[self.splits[self.split].indices] == UNKNOWN).sum())
        if unknown:
            self._warn(
                f'{unknown} rows of {self.split} have a text in {name!r} that the training split '
                'does not have; it is encoded as zeros.'
            )

    def _warn_of_spellings(self) -> None:
        if self.split != 'train':
            return
        names = sorted(self.classes, key=str.casefold)
        pairs = [pair for pair in pairwise(names) if pair[0].casefold() == pair[1].casefold()]
        if pairs:
            self._warn(
                f'classes differ only in capital letters, such as {pairs[0][0]!r} and '
                f'{pairs[0][1]!r}. If they are one class, write it in one way.'
            )

    def _warn_of_copies(self, raw: Array) -> None:
        """Report if many rows of the file of this split are in the training file too."""
        if self.split == 'train' or self.split not in self._files:
            return
        place = list(self._files).index(self.split)
        trained = {row.tobytes() for row in raw[self._sources == 0]}
        own = raw[self._sources == place]
        copies = sum(row.tobytes() in trained for row in own)
        if copies > _MOST_COPIES * len(own):
            self._warn(
                f'{copies} of {len(own)} rows of the file of {self.split} are in the training file '
                'too: metrics on them say nothing about new data.'
            )

    def _warn_of_constants(self) -> None:
        if self.split != 'train':
            return
        # The first rows show that most columns are not constant.
        suspects = (self._inputs[:100] == self._inputs[0]).all(0).nonzero().flatten().tolist()
        names = [
            self.table.names[place]
            for place in suspects
            if bool((self._inputs[:, place] == self._inputs[0, place]).all())
        ]
        if names:
            self._warn(f'nothing can be learned from constant columns: {shorten(names)}.')

    def _warn(self, message: str) -> None:
        files = ', '.join(map(str, self._files.values()))
        text = f'{type(self).__name__} {files}: {message}'
        print_log(text, logger='current', level=logging.WARNING)


def _check_files(owner: str, path: Any) -> dict[str, Path]:
    """Return the file of each split, 'train' first."""
    files = {'train': path} if isinstance(path, str | Path) else path
    is_files = isinstance(files, Mapping) and 'train' in files
    if not is_files or not all(
        name in SPLIT_NAMES and isinstance(file, str | Path) for name, file in files.items()
    ):
        raise ArgumentError(
            f"{owner}.path must be a file, or {{'train': file, ...}} with keys "
            f'{", ".join(SPLIT_NAMES)}, got {shorten(path)}.'
        )
    paths = {name: Path(files[name]) for name in SPLIT_NAMES if name in files}
    for name, file in paths.items():
        if name != 'train' and file.resolve() == paths['train'].resolve():
            raise ArgumentError(
                f'{owner}.path has the same file for train and {name}, {shorten(str(file))}. Leave '
                f'{name} out, and its rows are taken from the file by split_ratio.'
            )
    return paths


def _check_features(owner: str, features: Any, label: str) -> None:
    if features is None:
        return
    is_names = isinstance(features, Sequence) and not isinstance(features, str)
    if not is_names or not features or not all(isinstance(name, str) for name in features):
        raise ArgumentError(
            f'{owner}.features must be a list of column names or None, got {shorten(features)}.'
        )
    if len(set(features)) < len(features) or label in features:
        raise ArgumentError(
            f'{owner}.features must be different columns without the label {label!r}, got '
            f'{shorten(features)}.'
        )
