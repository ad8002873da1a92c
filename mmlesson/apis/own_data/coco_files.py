"""Export of a dataset of boxes and masks as COCO files, and as folders that mmseg reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmlesson.errors import UserError
from mmlesson.registry import DATASETS
from mmlesson.tasks import run_lengths
from mmlesson.utils.atomic_file import new_folder, write_text

NEEDED = ('bboxes', 'labels', 'instances', 'sem_seg')


def save_coco(config: Config, folder: Path) -> dict[str, int]:
    """Write the splits of a config's dataset for detectors and segmentors of OpenMMLab.

    ``img_dir/SPLIT/00000.png`` are the images; ``annotations/SPLIT.json`` has the boxes, masks and
    keypoints of a split in the format of COCO, with file names relative to the folder;
    ``ann_dir/SPLIT/00000.png`` has the class of each pixel, 0 for background, else a class + 1, as
    mmseg reads it.

    Args:
        config: A config as `load_config` returns it, whose datasets are `DigitCanvas` or the like.
        folder: New output folder, which appears when it is complete.

    Returns:
        Number of images of each split.

    Raises:
        UserError: If the folder exists, or a dataset has no boxes and masks.
    """
    if folder.exists():
        raise UserError(f'{folder} exists already. Choose another name, or remove it.')
    init_default_scope(config.get('default_scope', 'mmlesson'))
    loaders = {split: config.get(f'{split}_dataloader') for split in ('train', 'val', 'test')}
    datasets = {name: DATASETS.build(one.dataset) for name, one in loaders.items() if one}
    for dataset in datasets.values():
        _check(dataset)
    with new_folder(folder) as temporary:
        for split, dataset in datasets.items():
            annotations = _save_images(dataset, temporary, split)
            write_text(temporary / 'annotations' / f'{split}.json', json.dumps(annotations))
    return {split: len(dataset) for split, dataset in datasets.items()}


def _check(dataset: Any) -> None:
    """Raise `UserError` unless the samples have boxes and masks."""
    sample = dataset[0]
    labels = sample.get('labels') if isinstance(sample, Mapping) else None
    given = labels if isinstance(labels, Mapping) else ()
    missing = [name for name in NEEDED if name not in given]
    if missing:
        raise UserError(
            f'save_coco needs labels with {", ".join(NEEDED)}; {type(dataset).__name__} has no '
            f'{", ".join(missing)}. Use a dataset such as DigitCanvas.'
        )


def _save_images(dataset: Any, folder: Path, split: str) -> dict[str, Any]:
    """Write the images and the maps of classes of a split; return its annotations."""
    images_dir, maps_dir = (folder / name / split for name in ('img_dir', 'ann_dir'))
    for made in (images_dir, maps_dir):
        made.mkdir(parents=True)
    images: list[dict[str, Any]] = []
    objects: list[dict[str, Any]] = []
    for number in range(len(dataset)):
        sample = dataset[number]
        labels = {name: values.numpy() for name, values in sample['labels'].items()}
        pixels = (sample['inputs'][0].numpy() * 255).round().astype(np.uint8)
        name = f'{number:05d}.png'
        Image.fromarray(pixels).save(images_dir / name)
        Image.fromarray(labels['sem_seg'].astype(np.uint8)).save(maps_dir / name)
        height, width = pixels.shape
        place = f'img_dir/{split}/{name}'
        images.append({'id': number + 1, 'file_name': place, 'height': height, 'width': width})
        for one in _objects(labels):
            objects.append({'id': len(objects) + 1, 'image_id': number + 1, **one})
    return {
        'images': images,
        'annotations': objects,
        'categories': [
            {'id': label + 1, 'name': name, 'keypoints': list(dataset.metainfo['keypoints'])}
            for label, name in enumerate(dataset.classes)
        ],
    }


def _objects(labels: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objects of one image in the format of COCO, without their ids."""
    found = []
    for number in np.flatnonzero(labels['labels'] >= 0):
        x1, y1, x2, y2 = map(float, labels['bboxes'][number])
        mask = labels['instances'] == number + 1
        points = [[float(x), float(y), 2] for x, y in labels['keypoints'][number]]  # 2: visible
        found.append(
            {
                'category_id': int(labels['labels'][number]) + 1,
                'bbox': [x1, y1, x2 - x1, y2 - y1],
                'area': int(mask.sum()),
                'iscrowd': 0,
                'segmentation': run_lengths(mask),
                'keypoints': [value for point in points for value in point],
                'num_keypoints': len(points),
            }
        )
    return found
