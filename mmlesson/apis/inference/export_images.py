"""Export a split of a dataset as image files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmlesson.errors import UserError
from mmlesson.registry import DATASETS
from mmlesson.utils.atomic_file import new_folder


def save_pictures(config: Config, folder: Path) -> int:
    """Save the images of a config's test split, which training and validation do not use.

    Args:
        config: A config as `load_config` returns it; its ``test_dataloader.dataset`` must return
            images, float (C, H, W) in [0, 1] with C = 1 or 3.
        folder: New output folder, which appears when it is complete; '0000_7.png' is sample 0,
            with label 7; '0000.png' if a sample has no single class.

    Returns:
        Number of images.

    Raises:
        UserError: If the folder exists, or the dataset does not return such images.
    """
    if folder.exists():
        raise UserError(f'{folder} exists already. Choose another name, or remove it.')
    if not config.get('test_dataloader'):
        raise UserError(f'{config.filename or "The config"} has no test_dataloader.')
    init_default_scope(config.get('default_scope', 'mmlesson'))
    dataset = DATASETS.build(config.test_dataloader.dataset)
    shape = tuple(dataset[0]['inputs'].shape)
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise UserError(f'{type(dataset).__name__} gives no images, but samples of shape {shape}.')
    if 'labels' not in dataset[0]:
        raise UserError(
            f'{type(dataset).__name__} gives no labels, but samples of {", ".join(dataset[0])}. '
            'Use a dataset of mmlesson; the images of this one may be files already.'
        )
    with new_folder(folder) as temporary:
        for place in range(len(dataset)):
            _save(dataset[place], temporary, place)
    return len(dataset)


def _save(sample: Mapping[str, Any], folder: Path, place: int) -> None:
    pixels = (sample['inputs'].numpy() * 255).round().clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))
    labels = sample['labels']  # a dict has no single class to name a file by
    ending = '' if isinstance(labels, Mapping) else f'_{int(labels)}'
    picture.save(folder / f'{place:04d}{ending}.png')
