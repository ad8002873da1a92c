"""Check of the labels of mmengine's datasets, whose wrong labels fail late or count as mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mmlesson.datasets.array_dataset import ArrayDataset
from mmlesson.errors import ArgumentError


def check_dataset_labels(dataset: Any, model: Any) -> None:
    """Refuse a label that is no class of the model, before training.

    mmpretrain's losses raise an IndexError that names no sample, and its metrics count such a
    sample as a mistake. Wrappers of datasets are checked by what they wrap.

    Args:
        dataset: A dataset; one without ``get_data_info``, or without labels in what it returns, is
            not checked.
        model: A model; one whose head has no ``num_classes`` is not checked.

    Raises:
        ArgumentError: If a label is not an integer in [0, num_classes); the message names the
            dataset, the sample and the label.
    """
    num_classes = getattr(getattr(model, 'head', None), 'num_classes', None)
    if not isinstance(num_classes, int):
        return
    for part in _unwrapped(dataset):
        checked = len(part.classes) if isinstance(part, ArrayDataset) else None
        if checked is not None and checked <= num_classes:
            continue  # it has refused labels of no class of its own
        if hasattr(part, 'get_data_info'):
            _check_each(part, num_classes)


def _unwrapped(dataset: Any) -> Iterator[Any]:
    parts = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    if parts[0] is None:
        yield dataset
        return
    for part in parts:
        yield from _unwrapped(part)


def _check_each(dataset: Any, num_classes: int) -> None:
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        label = info.get('gt_label') if isinstance(info, dict) else None
        if label is None:
            return
        if not _is_class(label, num_classes):
            file = f' ({info["img_path"]})' if 'img_path' in info else ''
            raise ArgumentError(
                f'{getattr(dataset, "type_name", type(dataset).__name__)}: sample {index}{file} '
                f'must have an integer label in [0, {num_classes}), got {label!r}. Number the '
                "classes from 0, and set the head's num_classes to their number."
            )


def _is_class(label: Any, num_classes: int) -> bool:
    """Return whether a label, or each of several, is a class index."""
    if isinstance(label, int | np.integer):  # nearly always, and there may be a million
        return bool(0 <= label < num_classes)
    labels = np.asarray(label)
    is_int = labels.dtype.kind in 'iub' or labels.size == 0
    return is_int and bool(((labels >= 0) & (labels < num_classes)).all())
