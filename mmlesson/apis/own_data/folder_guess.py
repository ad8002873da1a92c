"""Guess of a config for a folder of images: size, channels, network."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmlesson.apis.own_data.config_text import ConfigGuess, quoted
from mmlesson.apis.own_data.sizes import batch_size, check_split_sizes, epochs
from mmlesson.datasets.image_files import FORMATS, InputError, open_image
from mmlesson.datasets.image_folder import ImageFolderDataset
from mmlesson.datasets.image_listing import list_images
from mmlesson.datasets.splits import SPLIT_NAMES
from mmlesson.errors import RunError, UserError, cut, shorten
from mmlesson.utils.quiet import quiet_mmengine

_LARGEST = 64  # pixels of the longer side of a sample
_SMALLEST = 8
_LOOKED_AT = 200  # files whose sizes are compared
_DECODED = 40  # of them, files whose pixels are compared


def guess_folder(root: Path) -> ConfigGuess:
    """Return a config for a folder with a folder per class, which is read as training will.

    Args:
        root: Folder in one of the two layouts of `ImageFolderDataset`.

    Raises:
        ArgumentError: If the folder has no such layout, or a split would be empty.
        RunError: If no file can be read.
    """
    listing = list_images(root)
    paths = [root / file.path for file in listing.files]
    some = paths[:: max(1, len(paths) // _LOOKED_AT)]
    found = [size for size in map(_size_of, some) if size is not None]
    if not found:
        raise RunError(f'{root} has no image that can be read. Files ignored: {listing.ignored}.')
    height, width = (int(side) for side in np.median(found, axis=0))
    size = _bounded(height, width)
    channels, why = _channels(some[:: max(1, len(some) // _DECODED)])
    notes = [
        f'size: {size[0]} x {size[1]} pixels; {_compared(set(found), (height, width), size)}',
        f'channels: {channels}, because {why}',
    ]
    if listing.ignored:
        counts = ', '.join(f'{count} {kind}' for kind, count in listing.ignored.most_common())
        notes.append(f'left out: {counts}')
    options: dict[str, Any] = {'root': str(root.absolute()), 'size': size, 'channels': channels}
    train = _load(options, notes)
    check_split_sizes(str(root), train, notes)
    return _config(root, options, train, notes)


def _compared(found: Set[tuple[int, int]], median: tuple[int, int], size: tuple[int, int]) -> str:
    height, width = median
    if len(found) > 1:
        return f'half of the files are smaller than {height} x {width}, half larger'
    return 'as in the files' if size == median else f'the files have {height} x {width}'


def _size_of(file: Path) -> tuple[int, int] | None:
    """Return height and width of an image, upright; None if it cannot be read."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5  # EXIF orientations that swap the sides
    except Exception:  # what a damaged file raises is up to Pillow's readers
        return None
    return (width, height) if turned else (height, width)


def _bounded(height: int, width: int) -> tuple[int, int]:
    """Return a size of the same aspect ratio whose longer side is at most `_LARGEST`."""
    factor = min(1.0, _LARGEST / max(height, width))
    return max(_SMALLEST, round(height * factor)), max(_SMALLEST, round(width * factor))


def _channels(files: list[Path]) -> tuple[int, str]:
    """Return 1 if the pixels of all files are grey, also in files that could hold colours."""
    seen = 0
    for file in files:
        try:
            pixels = np.asarray(open_image(file)[0].convert('RGB'))
        except InputError:
            continue
        seen += 1
        if not (pixels == pixels[..., :1]).all():
            return 3, 'there are colours'
    return 1, f'the {seen} files looked at are grey'


def _load(options: dict[str, Any], notes: list[str]) -> ImageFolderDataset:
    """Return the training split; read all splits, and leave out files that cannot be used."""
    with quiet_mmengine():
        try:
            splits = [ImageFolderDataset(name, **options) for name in SPLIT_NAMES]
        except RunError as err:
            options['unreadable'] = 'skip'
            try:
                splits = [ImageFolderDataset(name, **options) for name in SPLIT_NAMES]
            except UserError:
                raise err from None  # the files are the cause
            notes.append(f"unreadable='skip': {cut(str(err), 400)}")
    return splits[0]


def _config(
    root: Path, options: dict[str, Any], train: ImageFolderDataset, notes: list[str]
) -> ConfigGuess:
    size, channels, count = options['size'], options['channels'], len(train)
    stages = min(4, max(2, min(size).bit_length() - 3))  # 4 x 4 to 7 x 7 values are left
    first = 16 if count < 2000 else 32
    widths = tuple(first * 2 ** min(stage, 2) for stage in range(stages))
    batch, most = batch_size(count), epochs(count)
    notes += [
        f'classes: {len(train.classes)}: {shorten(list(train.classes), 100)}',
        f'network: convolutions of {widths} channels, for {count} images of training',
        f'batch_size={batch}, {most} epochs',
    ]
    lines = [
        'data = dict(',
        *(f'    {name}={quoted(value)},' for name, value in options.items()),
        ')',
        f'train_dataloader = dict(batch_size={batch}, dataset=data)',
        'val_dataloader = dict(dataset=data)',
        'test_dataloader = dict(dataset=data)',
        'model = dict(',
        f'    data_preprocessor=dict(channels={channels}),',
        '    backbone=dict(',
        f'        in_channels={channels},',
        f'        image_size={size},',
        f'        channels={widths},  # each stage halves height and width',
        '    ),',
        f'    head=dict(num_classes={len(train.classes)}),',
        ')',
        f'param_scheduler = dict(T_max={most})  # epochs',
        f'train_cfg = dict(max_epochs={most})',
    ]
    bases = ('datasets/image_folder', 'models/cnn', 'schedules/adam_cosine', 'default_runtime')
    return ConfigGuess(
        'cnn',
        f'CNN on the images of {cut(root.absolute().name, 60)}.',
        [f'_base_/{name}.py' for name in bases],
        lines,
        'new_images/',
        notes,
    )
