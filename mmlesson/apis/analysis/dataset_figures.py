"""Figures of the data of a config: images, points in the plane, histograms of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from matplotlib.figure import Figure
from mmengine.config import Config
from torch import Tensor

from mmlesson.datasets.collate import read_samples
from mmlesson.models.batch_augment import BatchAugment

_DRAWN = 40  # images; half of them if each is drawn a second time
_ROW = 10  # images in a row of a contact sheet
_MOST_ROWS = 10_000  # vectors


def draw_dataset(
    config: Config,
    loader: Any,
    order: Sequence[int],
    classes: Sequence[str],
    title: str,
) -> Figure | None:
    """Draw samples of a split: what is drawn depends on their shape.

    Images are drawn in a grid, with the batch augmentation of the config's preprocessor below each;
    vectors of two features as points, of more as a histogram of each feature.

    Args:
        config: Config of the data.
        loader: DataLoader of the split.
        order: Positions of samples, in the order of the first epoch.
        classes: Names of the classes.
        title: Name of the data.

    Returns:
        The figure; None for samples of another shape, or with several labels each.
    """
    from mmlesson.visualization import draw_feature_histograms, draw_points

    batch = read_samples(loader, order[:_DRAWN])
    shape = tuple(batch['inputs'].shape[1:])
    if isinstance(batch['labels'], Mapping):  # objects in images, not a class of each image
        return None
    if len(shape) == 3 and shape[0] in (1, 3):
        return _draw_images(config, batch, classes, title)
    if len(shape) != 1:
        return None
    batch = read_samples(loader, order[:_MOST_ROWS])
    table = getattr(loader.dataset, 'table', None)
    names = list(table.names) if table is not None else None
    values, labels = batch['inputs'].numpy(), batch['labels'].numpy()
    if shape == (2,):
        axes = (names[0], names[1]) if names else ('x1', 'x2')
        return draw_points(values, labels, classes=classes, axis_labels=axes, title=title)
    return draw_feature_histograms(values, labels, classes, names=names, title=title)


def _draw_images(
    config: Config, batch: dict[str, Tensor], classes: Sequence[str], title: str
) -> Figure:
    from mmlesson.visualization import draw_samples

    images, labels = batch['inputs'], batch['labels']
    augments = _augments(config)
    what = 'the first samples of an epoch'
    if augments:
        images, labels = _with_augmented(config, augments, images[: _DRAWN // 2], labels)
        what += ', and below each row the same after augmentation'
    return draw_samples(images.numpy(), labels.numpy(), classes, title=f'{title}: {what}')


def _augments(config: Config) -> list[dict[str, Any]]:
    """Return the batch augmentation of the config's preprocessor."""
    preprocessor = (config.get('model') or {}).get('data_preprocessor') or {}
    return list(preprocessor.get('augment') or ())


def _with_augmented(
    config: Config, augments: list[dict[str, Any]], images: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    """Return rows of images, each followed by the same images augmented, and their labels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed((config.get('randomness') or {}).get('seed') or 0)
        augmented = BatchAugment(augments)(images.float())
    rows = [
        part[start : start + _ROW]
        for start in range(0, len(images), _ROW)
        for part in (images.float(), augmented)
    ]
    twice = [labels[start : start + _ROW] for start in range(0, len(images), _ROW) for _ in (0, 1)]
    return torch.cat(rows), torch.cat(twice)
