"""Predictions of a batch: columns that can be read as one dict per sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import torch
from torch import Tensor

Prediction = dict[str, Tensor]


class Predictions(Sequence[Prediction]):
    """Sequence of one dict per sample, in the form of mmpretrain's metrics.

    The values of all samples are stored together, by name, and a dict is created when it is first
    read: 10,000 samples of a small network take longer to separate than to predict. A dict that
    was changed keeps its changes.

    Args:
        columns: Values by name, tensors (N, ...) on the CPU.
    """

    def __init__(self, columns: Mapping[str, Tensor]) -> None:
        self._columns = dict(columns)
        self._read: dict[int, tuple[Prediction, Prediction]] = {}  # as returned, and as created

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    @overload
    def __getitem__(self, index: int) -> Prediction: ...

    @overload
    def __getitem__(self, index: slice) -> list[Prediction]: ...

    def __getitem__(self, index: int | slice) -> Prediction | list[Prediction]:
        if isinstance(index, slice):
            return list(self)[index]
        place = range(len(self))[index]
        if place not in self._read:
            self._keep(place, {name: column[place] for name, column in self._columns.items()})
        return self._read[place][0]

    def __iter__(self) -> Iterator[Prediction]:
        if len(self._read) < len(self):
            rows = zip(*(column.unbind() for column in self._columns.values()), strict=True)
            for place, row in enumerate(rows):
                if place not in self._read:
                    self._keep(place, dict(zip(self._columns, row, strict=True)))
        return (self._read[place][0] for place in range(len(self)))

    def _keep(self, place: int, sample: Prediction) -> None:
        self._read[place] = (sample, dict(sample))

    @property
    def columns(self) -> Mapping[str, Tensor] | None:
        """Values of all samples by name; None if a sample was changed after it was read."""
        for sample, created in self._read.values():
            same = sample.keys() == created.keys()
            if not same or any(sample[name] is not created[name] for name in created):
                return None
        return self._columns


def predictions(logits: Tensor, labels: Tensor | None, losses: Tensor | None = None) -> Predictions:
    """Return the predictions of a batch, on the CPU.

    Args:
        logits: (N, C).
        labels: True classes, (N,) int64, or None.
        losses: Loss of each sample, (N,), or None.

    Returns:
        Per sample: pred_score (C,) float32, the softmax; pred_label (1,) int64; with labels
        gt_label (1,) int64; with losses loss () float32.
    """
    # One softmax and one copy per batch; samples are views. float64 logits are converted after the
    # softmax, because large ones would be infinite in float32.
    wide = logits if logits.dtype == torch.float64 else logits.float()
    columns = {
        'pred_score': torch.softmax(wide, 1).float().cpu(),
        'pred_label': logits.argmax(1, keepdim=True).cpu(),
    }
    if labels is not None:
        columns['gt_label'] = labels.view(-1, 1).cpu()
    if losses is not None:
        columns['loss'] = losses.float().cpu()
    return Predictions(columns)


def stack_values(samples: Sequence[Any], name: str) -> Tensor:
    """Return one value of all samples as one tensor.

    Args:
        samples: `Predictions`, or dicts or mmpretrain's ``DataSample`` with tensors or numbers.
        name: Name of the value.
    """
    columns = samples.columns if isinstance(samples, Predictions) else None
    if columns is not None:
        return columns[name]
    values = [
        sample[name] if isinstance(sample, Mapping) else getattr(sample, name) for sample in samples
    ]
    return torch.stack(values) if isinstance(values[0], Tensor) else torch.as_tensor(values)
