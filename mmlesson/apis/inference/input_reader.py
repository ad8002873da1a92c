"""`InputReader`: samples of files, folders, globs, arrays and DataFrames, without torch."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmlesson.apis.inference.array_format import InputFormat
from mmlesson.apis.inference.input_files import files_in, load_arrays
from mmlesson.apis.inference.samples import Array, NumberedNames, Samples
from mmlesson.apis.inference.table_format import TableFormat, TableRow
from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.image_listing import shown
from mmlesson.datasets.table_reading import SUFFIXES
from mmlesson.errors import ArgumentError, UserError

Item = Path | Samples
"""A file, which is read when its turn comes, or samples in memory."""


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
            items = list(self._expand('array', inputs))
        else:
            items = [
                item
                for place, given in enumerate(inputs)
                for item in self._expand_entry(f'array {place}', given)
            ]
        if not items and not self.failed:
            raise UserError('There are no inputs: the list or the folder is empty.')
        return items

    def samples(self, items: Sequence[Item]) -> Iterator[Samples]:
        """Yield the samples of the inputs; a file is read when its turn comes."""
        for item in self._tracked(items):
            if isinstance(item, Samples):
                yield item
                continue
            try:
                samples = self._read_file(item)
            except InputError as err:
                self.fail(_name(item), str(err))
            else:
                yield from samples

    def fail(self, source: str, reason: str) -> None:
        """List an input that cannot be used."""
        self.failed.append({'source': source, 'reason': reason})

    def _expand_entry(self, name: str, given: Any) -> Sequence[Item]:
        try:
            return self._expand(name, given)
        except UserError as err:
            self.fail(name, str(err))
            return []

    def _expand(self, name: str, given: Any) -> Sequence[Item]:
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
            return [*sorted(files_in(path))]
        if not path.exists():
            if glob.has_magic(str(path)):
                return self._expand_pattern(path)
            self.fail(_name(path), 'there is no such file or folder.')
            return []
        if not path.is_file():
            self.fail(_name(path), 'it is no regular file.')  # reading a pipe could wait forever
            return []
        return [path]

    def _expand_pattern(self, pattern: Path) -> list[Item]:
        found = [Path(name) for name in sorted(glob.glob(str(pattern), recursive=True))]
        if not found:
            self.fail(_name(pattern), 'no file matches it.')
        return [item for path in found for item in self._expand_path(path)]

    def _expand_frame(self, frame: Any) -> Sequence[Samples]:
        """Return the rows of a DataFrame: by the names of its columns if the model has such."""
        if not isinstance(self.format, TableFormat):
            return self._expand_array('table', frame.to_numpy())
        return self._join_rows('table[', ']', *self.format.split_frame(frame))

    def _expand_array(self, name: str, array: Array) -> Sequence[Samples]:
        values = self.format.split(array)
        if len(values) == 0:
            return []
        names: Sequence[str] = (name,)
        if len(values) > 1:
            names = NumberedNames(f'{name}[', range(len(values)), ']')
        if isinstance(values, np.ndarray):
            return [Samples(names, values)]
        return [Samples((own,), value[None]) for own, value in zip(names, values, strict=True)]

    def _read_file(self, file: Path) -> list[Samples]:
        """Return the samples in a table or in a file of arrays; another file is one sample."""
        suffix = file.suffix.lower()
        if suffix in SUFFIXES:
            return self._rows_of(file)
        if suffix not in ('.npy', '.npz'):
            return [Samples((_name(file),), self.format.read(file)[None], file=file)]
        samples = [
            own for name, array in load_arrays(file) for own in self._expand_array(name, array)
        ]
        if not samples:
            raise InputError('it holds no sample.')
        return samples

    def _rows_of(self, file: Path) -> list[Samples]:
        if not isinstance(self.format, TableFormat):
            raise InputError('it is a table, but the model was not trained on a table.')
        return self._join_rows(f'{_name(file)} row ', '', *self.format.read_rows(file))

    def _join_rows(
        self, before: str, after: str, rows: Sequence[TableRow], failed: Mapping[int, str]
    ) -> list[Samples]:
        """Return the rows of a table, and list those that failed; names have a row's number."""
        for number, reason in sorted(failed.items()):
            self.fail(f'{before}{number}{after}', reason)
        if not rows:
            return []
        names = NumberedNames(before, [row.number for row in rows], after)
        values = np.stack([row.sample for row in rows])
        return [Samples(names, values, [row.label for row in rows])]

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
