"""Statistics of datasets that wrap ours, such as mmengine's ``RepeatDataset``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmlesson.datasets.array_dataset import ArrayDataset, mean_and_std


def statistics_of(dataset: Any) -> tuple[Tensor, Tensor] | None:
    """Return the mean and the standard deviation of the training data, or None if unknown.

    Those of a dataset that has ``statistics``, such as `ArrayDataset`. A wrapper that repeats
    samples has those of the dataset that it wraps; one that joins or selects samples of our
    datasets has those of its samples.

    Args:
        dataset: The training dataset.

    Returns:
        Two float32 tensors, see `ArrayDataset.statistics`.

    Raises:
        ArgumentError: If a wrapped dataset is not the training split.
    """
    if hasattr(dataset, 'statistics'):
        statistics: tuple[Tensor, Tensor] = dataset.statistics()
        return statistics
    inner = getattr(dataset, 'dataset', None)
    if inner is not None and not hasattr(dataset, 'indices'):
        return statistics_of(inner)
    sources = _sources(dataset)
    if not sources or not all(isinstance(source, ArrayDataset) for source in sources):
        return None
    for source in sources:
        source.statistics()  # refuses other splits than the training split
    samples = [dataset[index]['inputs'] for index in range(len(dataset))]
    return mean_and_std(torch.stack(samples))


def _sources(dataset: Any) -> list[Any]:
    """Return the datasets at the bottom of a wrapper; none for what wraps nothing."""
    parts = getattr(dataset, 'datasets', None)
    if not isinstance(parts, Sequence):
        parts = [dataset.dataset] if hasattr(dataset, 'dataset') else []
    return [source for part in parts for source in (_sources(part) or [part])]
