"""One pass over the samples of a split: their classes, range and faults."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmlesson.datasets.collate import first_non_finite, read_samples
from mmlesson.errors import cut
from mmlesson.tasks import Labels, class_indices

_BLOCK = 256  # samples that are read at a time
_LISTED = 5  # samples of a fault that are named


class SplitReading:
    """What one pass over the samples of a split finds.

    Args:
        name: 'train', 'val' or 'test'.
        loader: DataLoader of the split, of which the sampler is not used.
        num_classes: Number of classes, or None if it is unknown.

    Attributes:
        counts: Samples of each class, (C,), by label; objects, if a sample has several.
        shapes: Shapes of the samples.
        low: Smallest value of each feature, (D,), if the samples are vectors; otherwise of all.
        high: Largest value of each.
        hashes: Of the values of each sample, int64 (N,).
        labels: Label of each sample, int64 (N,); 0 if it has several objects.
        faults: A sentence each.
        constant: Positions of the images that have only one value.
        unusable: Positions of the samples that cannot be read, or whose label is no class.
    """

    def __init__(self, name: str, loader: Any, num_classes: int | None) -> None:
        self.name = name
        self.loader = loader
        self.shapes: list[tuple[int, ...]] = []
        self.low: Any = np.inf
        self.high: Any = -np.inf
        self.faults: list[str] = []
        self.constant: list[int] = []
        self.unusable: set[int] = set()
        self._num_classes = num_classes
        self._outside: dict[int, int] = {}  # label of each sample that is no class
        self._hashes: list[int] = []
        self._labels: list[int] = []
        self._objects: list[int] = []
        self._read()
        self.hashes = np.array(self._hashes, np.int64)
        self.labels = np.array(self._labels, np.int64)
        size = max(num_classes or 0, *self.labels + 1) if len(self.labels) else num_classes or 0
        counted = np.array(self._objects or self.labels, np.int64)
        self.counts: npt.NDArray[np.int64] = np.bincount(counted, minlength=size)
        self._summarise()

    @property
    def is_image(self) -> bool:
        """Whether the samples are images."""
        return bool(self.shapes) and len(self.shapes[0]) == 3

    @property
    def constant_features(self) -> list[int]:
        """Positions of the features of vectors that have only one value."""
        if np.ndim(self.low) != 1 or len(self.labels) < 2:
            return []
        places: list[int] = np.flatnonzero(self.low == self.high).tolist()
        return places

    def _read(self) -> None:
        size = len(self.loader.dataset)
        broken: dict[int, str] = {}
        for start in range(0, size, _BLOCK):
            places = range(start, min(start + _BLOCK, size))
            why = self._try(places)
            if why is None:
                continue
            found = {place: reason for place in places if (reason := self._try([place]))}
            broken |= found or {start: why}  # samples that cannot be one batch
            self.unusable |= found.keys()
        if broken:
            first = '; '.join(
                f'{cut(why, 300).rstrip(".")}' for why in [*broken.values()][:_LISTED]
            )
            more = f'; and {len(broken) - _LISTED} more' if len(broken) > _LISTED else ''
            noun = 'sample' if len(broken) == 1 else 'samples'
            self.faults.append(f'{len(broken)} {noun} cannot be read: {first}{more}.')

    def _try(self, places: Sequence[int]) -> str | None:
        """Read samples together; return why that fails, or None."""
        try:
            batch = read_samples(self.loader, places)
            wrong = first_non_finite(batch['inputs'])
        except Exception as err:  # a dataset of the user can raise any error
            return (str(err).splitlines() or [type(err).__name__])[0]
        if wrong is not None:
            return f'{self.sample(places[wrong[0]])} has the value {wrong[1]}'
        self._note(places, batch['inputs'], batch['labels'])
        return None

    def _note(self, places: Sequence[int], inputs: Tensor, labels: Labels) -> None:
        """Record the values of samples that can be read."""
        if isinstance(labels, Mapping):
            self._objects += class_indices(labels).tolist()
            labels = torch.zeros(len(places), dtype=torch.int64)
        shape = tuple(inputs.shape[1:])
        if shape not in self.shapes:
            self.shapes.append(shape)
        flat = inputs.flatten(1)
        if len(shape) == 3:
            is_constant = (flat == flat[:, :1]).all(1).nonzero().flatten().tolist()
            self.constant += [places[index] for index in is_constant]
        self._widen(flat, per_feature=self.shapes == [shape] and len(shape) == 1)
        rows = np.ascontiguousarray(flat.to(torch.float32).numpy())
        self._hashes += [_hash(row) for row in rows]
        for place, label in zip(places, labels.tolist(), strict=True):
            if label < 0 or (self._num_classes is not None and label >= self._num_classes):
                self._outside[place] = label
                self.unusable.add(place)
        self._labels += [max(label, 0) for label in labels.tolist()]

    def _widen(self, flat: Tensor, per_feature: bool) -> None:
        low, high = (flat.amin(0).numpy(), flat.amax(0).numpy())
        if not per_feature:
            low, high = low.min(), high.max()
            self.low, self.high = np.min(self.low), np.max(self.high)
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)

    def _summarise(self) -> None:
        """Add the faults that all samples together show."""
        if self._outside:
            place, label = next(iter(self._outside.items()))
            self.faults.append(
                f'labels that are no class index below {self._num_classes}: {len(self._outside)} '
                f'(first {label} of {self.sample(place)}).'
            )
        if len(self.shapes) > 1:
            self.faults.append(f'samples have the shapes {", ".join(map(str, self.shapes))}.')
        if self.constant:
            listed = ', '.join(map(self.sample, self.constant[:_LISTED]))
            more = ', …' if len(self.constant) > _LISTED else ''
            self.faults.append(f'images of a single value: {len(self.constant)} ({listed}{more}).')

    def sample(self, place: int) -> str:
        """Return the name of a sample: its position, and its file if that is known."""
        try:
            return f'sample {place} {self.loader.dataset.get_data_info(place)["img_path"]}'
        except Exception:  # most datasets have no files
            return f'sample {place}'


def _hash(row: npt.NDArray[Any]) -> int:
    digest = hashlib.blake2b(row.tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, 'little', signed=True)
