"""Make the tiny datasets of the configs in this folder: rectangles, class folders, clips, words.

Example:
    python tools/benchmarks/openmmlab/make_data.py data/openmmlab

The same files come out each time. Every image shows a red or a green rectangle on dark noise; its
keypoints, as many as a person has in COCO, are spread along its outline, and in a clip it moves to
the right.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.cli import ToolParser

SIZE = 64
CLASSES = ('red', 'green')
KEYPOINTS = 17
SPLITS = {'train': 8, 'val': 4}
FRAMES = 4
WORDS = ('cat', 'dog', 'sun', 'sea', 'tree', 'bird', 'moon', 'star')
Box = tuple[int, int, int, int]


def draw(rng: np.random.Generator, box: Box, label: int) -> Image.Image:
    """Return an image of a rectangle (left, top, width, height) on noise."""
    pixels = rng.integers(0, 60, (SIZE, SIZE, 3), dtype=np.uint8)
    left, top, width, height = box
    pixels[top : top + height, left : left + width, label] = 230
    return Image.fromarray(pixels)


def mask_of(box: Box, label: int) -> Image.Image:
    """Return the segmentation map of a rectangle: 0 is the ground, then the classes."""
    mask = np.zeros((SIZE, SIZE), dtype=np.uint8)
    left, top, width, height = box
    mask[top : top + height, left : left + width] = 1 + label
    return Image.fromarray(mask)


def annotation(number: int, box: Box, label: int) -> dict[str, Any]:
    """Return a rectangle as an object of a COCO file."""
    return {
        'id': number + 1,
        'image_id': number,
        'category_id': label,
        'bbox': list(box),
        'area': box[2] * box[3],
        'iscrowd': 0,
        'keypoints': [value for x, y in outline(box) for value in (x, y, 2)],
        'num_keypoints': KEYPOINTS,
    }


def outline(box: Box) -> list[tuple[float, float]]:
    """Return points (x, y) at equal distances along the outline of a rectangle."""
    left, top, width, height = box
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height), (0, 0)])
    ends = np.cumsum([0, width, height, width, height])
    places = np.linspace(0, ends[-1], KEYPOINTS, endpoint=False)
    xs, ys = (np.interp(places, ends, corners[:, axis]) for axis in (0, 1))
    return list(zip((left + xs).tolist(), (top + ys).tolist(), strict=True))


def make_boxes(root: Path, split: str, rng: np.random.Generator) -> None:
    """Write images, masks, class folders and a COCO file."""
    images, annotations = [], []
    for number in range(SPLITS[split]):
        label = number % 2
        box = (*rng.integers(4, 30, 2).tolist(), *rng.integers(16, 30, 2).tolist())
        image, name = draw(rng, box, label), f'{number}.png'
        save(image, root / 'images' / split / name)
        save(mask_of(box, label), root / 'masks' / split / name)
        save(image, root / 'folders' / split / CLASSES[label] / name)
        images.append({'id': number, 'file_name': name, 'width': SIZE, 'height': SIZE})
        annotations.append(annotation(number, box, label))
    categories = [{'id': label, 'name': name} for label, name in enumerate(CLASSES)]
    content = {'images': images, 'annotations': annotations, 'categories': categories}
    write_text(root / f'{split}.json', json.dumps(content))


def make_clips(root: Path, split: str, rng: np.random.Generator) -> None:
    """Write folders of frames, and the list of them: folder, number of frames, label."""
    lines = []
    for number in range(SPLITS[split]):
        label = number % 2
        for frame in range(FRAMES):
            image = draw(rng, (4 + 8 * frame, 20, 24, 24), label)
            save(image, root / 'frames' / split / str(number) / f'img_{frame + 1:05}.jpg')
        lines.append(f'{number} {FRAMES} {label}\n')
    write_text(root / f'{split}_frames.txt', ''.join(lines))


def make_words(root: Path, split: str, rng: np.random.Generator) -> None:
    """Write images of words, and the list of them in MMOCR's format."""
    samples = []
    for number in range(SPLITS[split]):
        word, name = WORDS[number], f'{number}.png'
        image = Image.fromarray(rng.integers(200, 255, (32, 100, 3), dtype=np.uint8))
        font = ImageFont.load_default(24)
        ImageDraw.Draw(image).text((10, 2), word, fill=(0, 0, 0), font=font)
        save(image, root / 'words' / split / name)
        samples.append({'img_path': name, 'instances': [{'text': word}]})
    content = {
        'metainfo': {'dataset_type': 'TextRecogDataset', 'task_name': 'textrecog'},
        'data_list': samples,
    }
    write_text(root / f'words_{split}.json', json.dumps(content))


def save(image: Image.Image, path: Path) -> None:
    """Save an image and create its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def make_data(root: Path) -> None:
    """Write all datasets."""
    for number, split in enumerate(SPLITS):
        for make in (make_boxes, make_clips, make_words):
            make(root, split, np.random.default_rng(number))


def main() -> None:
    """Write the datasets to the folder of the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('root', type=Path, help='folder for the data')
    args: argparse.Namespace = parser.parse_args()
    make_data(args.root)
    print(f'The data is in {args.root}.')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
