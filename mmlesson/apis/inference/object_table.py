"""Predicted boxes, keypoints and pixels as plain data, in a file or on a terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmlesson.tasks import run_lengths
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.text_table import format_table

SUFFIXES = ('.csv', '.json')
BOX = ('x1', 'y1', 'x2', 'y2')


def describe_objects(
    source: str, size: tuple[int, int], found: Mapping[str, Any], classes: Sequence[str]
) -> dict[str, Any]:
    """Return the prediction for one image as plain data.

    Args:
        source: Name of the image.
        size: Its height and width as the model gets it, in pixels.
        found: Entries of the result, as `mmlesson.tasks.flat_result` returns them.
        classes: Names of the classes; a class without a name is given by its index.

    Returns:
        source, height, width, and objects, a list of dicts: 'pred_label', 'pred_class' and
        'pred_score' if the model gives a class, 'bbox' [x1, y1, x2, y2], 'keypoints' [[x, y], …]
        with 'keypoint_scores'; of a segmentation 'pixels', their number, for each class in the
        image; of masks 'pixels' and 'segmentation', COCO's run lengths, for each object. Lengths
        are in pixels of the image as the model gets it.
    """
    if 'sem_seg' in found:
        counts = np.bincount(found['sem_seg'].ravel()).tolist()
        objects = [
            {**_class_of(number - 1, classes), 'pixels': count}
            for number, count in enumerate(counts)
            if number and count
        ]
    else:
        count = len(next(iter(found.values())))
        objects = [_object(found, number, classes) for number in range(count)]
    return {'source': source, 'height': size[0], 'width': size[1], 'objects': objects}


def _object(found: Mapping[str, Any], number: int, classes: Sequence[str]) -> dict[str, Any]:
    one: dict[str, Any] = {}
    if 'labels' in found:
        one.update(_class_of(int(found['labels'][number]), classes))
    names = {'scores': 'pred_score', 'bboxes': 'bbox'}
    for name in ('scores', 'bboxes', 'keypoints', 'keypoint_scores'):
        if name in found:
            one[names.get(name, name)] = found[name][number].tolist()
    if 'masks' in found:
        mask = found['masks'][number]
        one |= {'pixels': int(mask.sum()), 'segmentation': run_lengths(mask)}
    return one


def _class_of(label: int, classes: Sequence[str]) -> dict[str, Any]:
    return {
        'pred_label': label,
        'pred_class': classes[label] if label < len(classes) else str(label),
    }


def write_objects(file: Path, predictions: Sequence[Mapping[str, Any]]) -> None:
    """Write predictions as JSON, or as CSV with a row for each object.

    Args:
        file: Output file, ``.json`` or ``.csv``.
        predictions: As returned by `describe_objects`.
    """
    if file.suffix.lower() == '.json':
        write_text(file, json.dumps(list(predictions), indent=2, ensure_ascii=False) + '\n')
        return
    rows = [row for one in predictions for row in _rows(one)]
    head = list(dict.fromkeys(name for row in rows for name in row)) or ['source']
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(head)
    writer.writerows([_cell(row.get(name, '')) for name in head] for row in rows)
    write_text(file, text.getvalue())


def _rows(prediction: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a flat row for each object of an image."""
    rows = []
    for one in prediction['objects']:
        row = {'source': prediction['source']}
        row |= {name: value for name, value in one.items() if not isinstance(value, list | dict)}
        row |= dict(zip(BOX, one.get('bbox', ()), strict=False))
        for number, (x, y) in enumerate(one.get('keypoints', ()), 1):
            row |= {f'point_{number}_x': x, f'point_{number}_y': y}
        rows.append(row)
    return rows


def _cell(value: Any) -> Any:
    return f'{value:.9g}' if isinstance(value, float) else value  # exact in float32


def format_objects(predictions: Sequence[Mapping[str, Any]]) -> str:
    """Return predictions as a table for people, with a row for each object."""
    rows = []
    for prediction in predictions:
        texts = [_text(one) for one in prediction['objects']] or ['nothing found']
        rows += [[prediction['source'], text] for text in texts]
    return format_table(['input', 'found'], rows, left=2)


def _text(one: Mapping[str, Any]) -> str:
    parts = []
    if 'pred_class' in one:
        score = f' {100 * one["pred_score"]:.1f} %' if 'pred_score' in one else ''
        parts.append(one['pred_class'] + score)
    if 'bbox' in one:
        parts.append('box ' + ' '.join(f'{value:.1f}' for value in one['bbox']))
    if 'keypoints' in one:
        parts.append('points ' + ' '.join(f'({x:.1f}, {y:.1f})' for x, y in one['keypoints']))
    if 'pixels' in one:
        parts.append(f'{one["pixels"]} pixels')
    return ', '.join(parts)
