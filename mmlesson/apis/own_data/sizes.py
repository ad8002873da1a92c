"""Sizes of training for a number of samples, and a check of the splits."""

from __future__ import annotations

from collections import Counter

from mmlesson.datasets.array_dataset import ArrayDataset
from mmlesson.errors import ArgumentError, shorten

_IMBALANCE = 10  # ratio of the largest to the smallest class


def batch_size(size: int) -> int:
    """Return a batch size for a number of training samples."""
    return 16 if size < 1000 else 64 if size < 20_000 else 256


def epochs(size: int) -> int:
    """Return a number of epochs, which is smaller for more samples."""
    return 100 if size < 1000 else 40 if size < 20_000 else 15


def check_split_sizes(name: str, train: ArrayDataset, notes: list[str]) -> None:
    """Refuse data of which a split would be empty, and note small and uneven classes.

    Args:
        name: Name of the data.
        train: Training split.
        notes: List to which is added.

    Raises:
        ArgumentError: If a split is empty.
    """
    sizes = {split: part.size for split, part in train.splits.items()}
    empty = [split for split, size in sizes.items() if size == 0]
    if empty:
        raise ArgumentError(f'{name} has too few samples: none are left for {", ".join(empty)}.')
    notes.append('splits: ' + ', '.join(f'{size} {split}' for split, size in sizes.items()))
    counts = Counter(train.get_data_info(place)['gt_label'] for place in range(len(train)))
    large, small = max(counts.values()), min(counts.values())
    if large > _IMBALANCE * small:
        rare = train.classes[min(counts, key=lambda label: counts[label])]
        notes.append(
            f'classes are uneven: {large} training samples of the largest, {small} of '
            f'{shorten(rare, 40)}. Look at the recall of each class'
        )
