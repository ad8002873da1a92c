"""`InputReader`: samples of files, folders, globs, arrays and DataFrames, without torch."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.apis.inference.array_format import InputFormat
from mmlesson.apis.inference.input_files import files_in, load_arrays
from mmlesson.apis.inference.table_format import TableFormat
from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.image_listing import shown
from mmlesson.datasets.table_reading import SUFFIXES
from mmlesson.errors import ArgumentError, UserError

Array = npt.NDArray[Any]


@dataclass(slots=True)  # not frozen, which makes its creation three times slower
class Item:
    """An input: its name, a file or a sample, and its class if that is known."""

    source: str
    value: Path | Array
    label: int | None = None


@dataclass
class InputReader:
    """Converts inputs to samples; what cannot be used is listed, and does not stop the rest.

    Args:
        format: Format of the samples.
        shows_progress: Whether to show a progress bar on stderr, if that is a terminal.

    Attributes:
        failed: Source and reason of each input that cannot be used.
    """

    format: InputFormat
    shows_progress: bool = False
    failed: list[dict[str, str]] = field(default_factory=list)

    def expand(self, inputs: Any) -> list[Item]:
        """Return the files and samples in an input or in a list of inputs.

        Raises:
            UserError: If there are none, or a single input cannot be used.
        """
        self.failed.clear()
        self.format.notes.clear()
        if not isinstance(inputs, list | tuple):
            items = self._expand('array', inputs)
        else:
            items = [
                item
                for place, given in enumerate(inputs)
                for item in self._expand_entry(f'array {place}', given)
            ]
        if not items and not self.failed:
            raise UserError('There are no inputs: the list or the folder is empty.')
        return items

    def samples(self, items: Sequence[Item]) -> Iterator[tuple[Item, Array]]:
        """Yield the samples of the inputs; a file is read when its turn comes."""
        for item in self._tracked(items):
            if not isinstance(item.value, Path):
                yield item, item.value
                continue
            try:
                samples = [(own, self.read(own)) for own in self._items_of(item, item.value)]
            except InputError as err:
                self.fail(item.source, str(err))
            else:
                yield from samples

    def read(self, item: Item) -> Array:
        """Return a sample."""
        return self.format.read(item.value) if isinstance(item.value, Path) else item.value

    def fail(self, source: str, reason: str) -> None:
        """List an input that cannot be used."""
        self.failed.append({'source': source, 'reason': reason})

    def _expand_entry(self, name: str, given: Any) -> list[Item]:
        try:
            return self._expand(name, given)
        except UserError as err:
            self.fail(name, str(err))
            return []

    def _expand(self, name: str, given: Any) -> list[Item]:
        if isinstance(given, str | Path):
            return self._expand_path(Path(given))
        if hasattr(given, 'detach'):  # a tensor, found without importing torch
            given = given.detach().cpu().numpy()
        if _is_frame(given):
            return self._expand_frame(given)
        if not isinstance(given, np.ndarray):
            raise ArgumentError(
                'Inferencer takes files, folders, NumPy arrays, tensors and pandas DataFrames, got '
                f'{type(given).__name__}.'
            )
        return self._expand_array(name, given)

    def _expand_path(self, path: Path) -> list[Item]:
        try:
            return self._find(path)
        except (OSError, ValueError) as err:  # no permission, a name that is too long, a zero byte
            self.fail(_name(path), f'it cannot be read: {getattr(err, "strerror", None) or err}.')
            return []

    def _find(self, path: Path) -> list[Item]:
        """Return the file, the files in a folder, or those that match a pattern."""
        if path.is_dir():
            return [Item(_name(file), file) for file in sorted(files_in(path))]
        if not path.exists():
            if glob.has_magic(str(path)):
                return self._expand_pattern(path)
            self.fail(_name(path), 'there is no such file or folder.')
            return []
        if not path.is_file():
            self.fail(_name(path), 'it is no regular file.')  # reading a pipe could wait forever
            return []
        return [Item(_name(path), path)]

    def _expand_pattern(self, pattern: Path) -> list[Item]:
        found = [Path(name) for name in sorted(glob.glob(str(pattern), recursive=True))]
        if not found:
            self.fail(_name(pattern), 'no file matches it.')
        return [item for path in found for item in self._expand_path(path)]

    def _expand_frame(self, frame: Any) -> list[Item]:
        """Return the rows of a DataFrame: by the names of its columns if the model has such."""
        if not isinstance(self.format, TableFormat):
            return self._expand_array('table', frame.to_numpy())
        rows, failed = self.format.split_frame(frame)
        for number, reason in sorted(failed.items()):
            self.fail(f'table[{number}]', reason)
        return [Item(f'table[{row.number}]', row.sample, row.label) for row in rows]

    def _expand_array(self, name: str, array: Array) -> list[Item]:
        samples = self.format.split(array)
        if len(samples) == 1:
            return [Item(name, samples[0])]
        return [Item(f'{name}[{place}]', sample) for place, sample in enumerate(samples)]

    def _items_of(self, item: Item, file: Path) -> list[Item]:
        """Return the samples in a table or in a file of arrays; another file is one sample."""
        suffix = file.suffix.lower()
        if suffix in SUFFIXES:
            return self._rows_of(file)
        if suffix not in ('.npy', '.npz'):
            return [item]
        items = [
            own for name, array in load_arrays(file) for own in self._expand_array(name, array)
        ]
        if not items:
            raise InputError('it holds no sample.')
        return items

    def _rows_of(self, file: Path) -> list[Item]:
        if not isinstance(self.format, TableFormat):
            raise InputError('it is a table, but the model was not trained on a table.')
        rows, failed = self.format.read_rows(file)
        for number, reason in sorted(failed.items()):
            self.fail(f'{_name(file)} row {number}', reason)
        return [Item(f'{_name(file)} row {row.number}', row.sample, row.label) for row in rows]

    def _tracked(self, items: Sequence[Item]) -> Iterable[Item]:
        """Return the inputs, with a progress bar if there is a terminal."""
        if not self.shows_progress:
            return items
        from rich.console import Console
        from rich.progress import track

        console = Console(stderr=True)
        return (
            track(items, 'inputs', console=console, transient=True)
            if (console.is_terminal)
            else items
        )


def _name(path: Path) -> str:
    return shown(str(path))  # a name that is not UTF-8 cannot be printed


def _is_frame(given: Any) -> bool:
    pandas: Any = sys.modules.get('pandas')  # who has a DataFrame has imported it
    return pandas is not None and isinstance(given, pandas.DataFrame)


def describe_predictions(
    items: Sequence[Item], scores: Array, classes: Sequence[str], has_probabilities: bool
) -> list[dict[str, Any]]:
    """Return predictions as plain data.

    Args:
        items: The samples.
        scores: Score of each class, (N, C).
        classes: Names of the classes; a class without a name is given by its index.
        has_probabilities: Whether the scores are probabilities; others are left out.

    Returns:
        Dicts of source, pred_label, pred_class, pred_score and pred_scores.
    """
    labels = scores.argmax(1).tolist() if len(items) else []
    rows = scores.tolist() if has_probabilities else [None] * len(items)
    return [
        {
            'source': item.source,
            'pred_label': label,
            'pred_class': classes[label] if label < len(classes) else str(label),
            'pred_score': None if row is None else row[label],
            'pred_scores': row,
        }
        for item, label, row in zip(items, labels, rows, strict=True)
    ]
