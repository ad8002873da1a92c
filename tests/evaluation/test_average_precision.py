from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pycocotools.mask import encode

from mmlesson.errors import ArgumentError, UserError
from mmlesson.evaluation import BoxAP
from mmlesson.evaluation.average_precision import (
    Detections,
    average_precision,
    precision_curves,
)


def image(found, truth):
    """Return a result; ``found`` are (box, score, label), ``truth`` (box, label)."""
    return {
        'pred_instances': {
            'bboxes': torch.tensor([box for box, _, _ in found]).float().view(-1, 4),
            'scores': torch.tensor([score for _, score, _ in found]).float(),
            'labels': torch.tensor([label for _, _, label in found]).long(),
        },
        'gt_instances': {
            'bboxes': torch.tensor([box for box, _ in truth]).float().view(-1, 4),
            'labels': torch.tensor([label for _, label in truth]).long(),
        },
    }


def evaluate(images, **arguments):
    metric = BoxAP(**arguments)
    metric.process(None, images)
    return {key.split('/')[1]: value for key, value in metric.evaluate(len(images)).items()}


def random_images(count=40, classes=3):
    """Return results with missed, moved, doubled, wrong and invented boxes, and equal scores."""
    rng = np.random.default_rng(0)
    images = []
    for _ in range(count):
        corners = rng.uniform(0, 30, (rng.integers(0, 5), 2))
        truth = [
            ([x, y, x + w, y + h], int(rng.integers(classes)))
            for (x, y), (w, h) in zip(corners, rng.uniform(8, 16, (len(corners), 2)), strict=True)
        ]
        found = [
            (
                (np.array(box) + rng.normal(0, 1, 4)).tolist(),
                float(np.round(rng.uniform(), 1)),
                label if rng.uniform() < 0.8 else int(rng.integers(classes)),
            )
            for box, label in truth
            for _ in range(rng.integers(0, 3))
        ]
        found += [([1, 1, 9, 9], float(rng.uniform()), 0)] * int(rng.integers(0, 2))
        images.append(image(found, truth))
    return images


def with_masks(images, size=48):
    """Add masks to results: boxes in whole pixels with holes."""
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[:size, :size]
    for part in (part for result in images for part in result.values()):
        x1, y1, x2, y2 = part['bboxes'].numpy().T[..., None, None].round()
        inside = (x1 <= columns) & (columns < x2) & (y1 <= rows) & (rows < y2)
        part['masks'] = torch.tensor(inside & (rng.random(inside.shape) < 0.97))
    return images


def as_coco(boxes):
    """Return x, y, width, height of x1, y1, x2, y2."""
    return [[x1, y1, x2 - x1, y2 - y1] for x1, y1, x2, y2 in boxes.double().tolist()]


def segmentations(part):
    """Return the masks of a part of a result in the form of pycocotools, {} without masks."""
    masks = part['masks'].numpy().astype(np.uint8) if 'masks' in part else [None] * 99
    return [{} if m is None else {'segmentation': encode(np.asfortranarray(m))} for m in masks]


def coco_stats(images, iou_type='bbox'):
    """Return what pycocotools computes: AP, AP50 and AP75."""
    truth, found = [], []
    for number, result in enumerate(images, 1):
        objects, guesses = result['gt_instances'], result['pred_instances']
        labels = (objects['labels'] + 1).tolist()
        shapes = zip(as_coco(objects['bboxes']), segmentations(objects), strict=False)
        for (box, mask), label in zip(shapes, labels, strict=False):
            entry = {'id': len(truth) + 1, 'image_id': number, 'category_id': label, 'bbox': box}
            truth.append({**entry, **mask, 'area': box[2] * box[3], 'iscrowd': 0})
        labels, scores = (guesses['labels'] + 1).tolist(), guesses['scores'].tolist()
        shapes = zip(as_coco(guesses['bboxes']), segmentations(guesses), strict=False)
        for (box, mask), label, score in zip(shapes, labels, scores, strict=False):
            entry = {'image_id': number, 'category_id': label, 'score': score}
            found.append({**entry, **(mask or {'bbox': box})})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            'images': [
                {'id': number, 'height': 48, 'width': 48} for number in range(1, len(images) + 1)
            ],
            'categories': [{'id': number + 1} for number in range(3)],
            'annotations': truth,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), iou_type)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[:3]


def test_same_as_pycocotools_on_random_detections():
    images = random_images()
    found = evaluate(images)
    expected = coco_stats(images)
    assert 0.1 < expected[0] < expected[1] < 0.9
    assert [found['AP'], found['AP50'], found['AP75']] == pytest.approx(100 * expected, abs=1e-6)


def test_masks_same_as_pycocotools():
    images = with_masks(random_images())
    found = evaluate(images, iou_type='segm')
    expected = coco_stats(images, 'segm')
    assert 0.1 < expected[0] < expected[1] < 0.9
    assert list(found.values()) == pytest.approx(100 * expected, abs=1e-6)
    assert list(found) == ['segm_AP', 'segm_AP50', 'segm_AP75']
    assert evaluate(images)['AP'] != pytest.approx(found['segm_AP'], abs=0.1)


def test_masks_are_needed_and_the_kind_is_checked():
    with pytest.raises(UserError, match='needs results with pred_instances: masks, scores, labels'):
        evaluate([image([], [])], iou_type='segm')
    with pytest.raises(ArgumentError, match=r"BoxAP.iou_type must be one of .*got 'masks'"):
        BoxAP(iou_type='masks')


BOX, FAR = (0, 0, 10, 10), (20, 20, 30, 30)


def test_perfect_detections_have_100_percent():
    found = evaluate([image([(BOX, 0.9, 0), (FAR, 0.8, 2)], [(BOX, 0), (FAR, 2)])])
    assert found == {'AP': 100, 'AP50': 100, 'AP75': 100}


def test_second_detection_of_an_object_is_wrong():
    """Ranked before a right one, it lowers the precision at recalls above one half to 2/3."""
    found = evaluate([image([(BOX, 0.9, 0), (BOX, 0.8, 0), (FAR, 0.7, 0)], [(BOX, 0), (FAR, 0)])])
    assert found['AP50'] == pytest.approx(100 * (51 * 1 + 50 * 2 / 3) / 101)


def test_box_counts_up_to_its_overlap():
    """An IoU of 0.8 is right at 7 of the 10 thresholds."""
    found = evaluate([image([((0, 0, 10, 8), 0.9, 0)], [(BOX, 0)])])
    assert found == {'AP': pytest.approx(70), 'AP50': 100, 'AP75': 100}


def test_class_without_objects_does_not_count_and_no_detection_is_zero():
    assert evaluate([image([(BOX, 0.9, 0), (FAR, 0.9, 1)], [(BOX, 0)])])['AP'] == 100
    assert evaluate([image([], [(BOX, 0)])])['AP'] == 0


def test_images_without_any_object_have_no_precision():
    assert np.isnan(evaluate([image([(BOX, 0.9, 0)], [])])['AP'])


def test_mean_of_the_curves_is_the_average_precision():
    images = [_image(seed) for seed in range(6)]
    curves = precision_curves(images)
    assert curves.shape == (10, 101)
    assert 100 * curves.mean(1) == pytest.approx(average_precision(images))
    assert (np.diff(curves, axis=1) <= 1e-12).all()  # precision of this and any higher recall


def _image(seed):
    rng = np.random.RandomState(seed)
    ious = rng.rand(5, 3)
    return Detections(rng.rand(5), rng.randint(0, 2, 5), rng.randint(0, 2, 3), ious)
