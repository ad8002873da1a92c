"""`Samples`: inputs of one shape with their names, and batches of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class NumberedNames(Sequence[str]):
    """Names that differ in a number; each is made when it is read.

    Args:
        before: Text before the number.
        numbers: Number of each name.
        after: Text after the number.
    """

    def __init__(self, before: str, numbers: Sequence[int], after: str = '') -> None:
        self._before, self._numbers, self._after = before, numbers, after

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return NumberedNames(self._before, self._numbers[index], self._after)
        return f'{self._before}{self._numbers[index]}{self._after}'


@dataclass(frozen=True)
class Samples:
    """Samples of one shape from one source.

    Args:
        names: Name of each sample.
        values: The samples, (N, ...).
        labels: Class of each sample, or None, where the source has a column of classes.
        file: Image file of the only sample.
    """

    names: Sequence[str]
    values: Array
    labels: Sequence[int | None] | None = None
    file: Path | None = None

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, rows: slice) -> Samples:
        labels = None if self.labels is None else self.labels[rows]
        return Samples(self.names[rows], self.values[rows], labels, self.file)

    def without_values(self) -> Samples:
        """Return the samples with no values, whose memory is free when nothing else has them."""
        return replace(self, values=np.empty((0, *self.values.shape[1:]), self.values.dtype))


Batch = list[Samples]
"""Samples of one shape, of one or more sources."""


def batches(sources: Iterable[Samples], size: int) -> Iterator[Batch]:
    """Yield batches of samples of one shape, in order; an array is divided without a copy.

    Args:
        sources: At least one sample each.
        size: Largest number of samples in a batch.
    """
    batch: Batch = []
    free = size
    for source in sources:
        if batch and source.values.shape[1:] != batch[0].values.shape[1:]:
            yield batch
            batch, free = [], size
        start = 0
        while start < len(source):
            part = source[start : start + free]
            batch.append(part)
            start, free = start + len(part), free - len(part)
            if not free:
                yield batch
                batch, free = [], size
    if batch:
        yield batch


def stack(batch: Batch) -> Array:
    """Return the samples of a batch in one array, (N, ...).

    It is contiguous: a network rounds differently if the channels of an image are last in memory.
    """
    arrays = [part.values for part in batch]
    return np.ascontiguousarray(arrays[0] if len(arrays) == 1 else np.concatenate(arrays))
