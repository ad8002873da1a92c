"""`ClassPredictions`: predicted classes, stored as columns and read as one dict per sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from mmlesson.apis.inference.samples import Samples

Row = dict[str, Any]


class ClassPredictions(Sequence[Row]):
    """Sequence of one dict per sample: source, pred_label, pred_class, pred_score, pred_scores.

    A dict is created each time it is read, since creating all of them takes longer than a small
    network takes to predict. ``list(predictions)`` returns dicts that can be changed.

    Args:
        samples: The samples.
        scores: Score of each class, (N, C).
        classes: Names of the classes; a class without a name is given by its index.
        has_probabilities: Whether the scores are probabilities; others are left out of the dicts.

    Attributes:
        scores: Score of each class, (N, C).
    """

    def __init__(
        self,
        samples: Sequence[Samples],
        scores: npt.NDArray[Any],
        classes: Sequence[str],
        has_probabilities: bool,
    ) -> None:
        self.scores = scores
        self._samples = [source.without_values() for source in samples]
        self._classes = classes
        self._has_probabilities = has_probabilities

    @cached_property
    def labels(self) -> npt.NDArray[np.int64]:
        """Predicted class of each sample, (N,): that of the largest score."""
        if not len(self):
            return np.zeros(0, np.int64)
        labels: npt.NDArray[np.int64] = self.scores.argmax(1)
        return labels

    @cached_property
    def sources(self) -> list[str]:
        """Name of each sample."""
        return [name for source in self._samples for name in source.names]

    @property
    def accuracy(self) -> float | None:
        """Percent of the samples with a label that are predicted correctly; None without any."""
        if all(source.labels is None for source in self._samples):
            return None
        known = (
            label for source in self._samples for label in source.labels or [None] * len(source)
        )
        pairs = zip(self.labels.tolist(), known, strict=True)
        right = [predicted == label for predicted, label in pairs if label is not None]
        return 100 * sum(right) / len(right) if right else None

    def __len__(self) -> int:
        return len(self.scores)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        place = range(len(self))[index]  # supports negative indices; IndexError beyond the end
        scores = self.scores[place].tolist() if self._has_probabilities else None
        return self._row(self.sources[place], int(self.labels[place]), scores)

    def __iter__(self) -> Iterator[Row]:
        scores = self.scores.tolist() if self._has_probabilities else repeat(None, len(self))
        return map(self._row, self.sources, self.labels.tolist(), scores)

    def _row(self, source: str, label: int, scores: list[float] | None) -> Row:
        return {
            'source': source,
            'pred_label': label,
            'pred_class': self._classes[label] if label < len(self._classes) else str(label),
            'pred_score': None if scores is None else scores[label],
            'pred_scores': scores,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))
