from __future__ import annotations

import numpy as np
import pytest
import torch
from pycocotools.mask import encode
from pycocotools.mask import iou as iou_of_pycocotools
from torchvision.ops import box_iou as box_iou_of_torchvision

from mmlesson.evaluation.box_iou import box_iou, mask_iou


def test_overlap_of_two_squares_by_hand():
    ious = box_iou(np.array([[0, 0, 2, 2]]), np.array([[1, 1, 3, 3], [0, 0, 2, 2], [5, 5, 6, 6]]))
    assert ious.tolist() == [[pytest.approx(1 / 7), 1.0, 0.0]]


def test_same_as_torchvision_on_random_boxes():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 20, (30, 2, 2))
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1)
    expected = box_iou_of_torchvision(torch.tensor(boxes[:10]), torch.tensor(boxes[10:]))
    np.testing.assert_allclose(box_iou(boxes[:10], boxes[10:]), expected.numpy(), atol=1e-12)


def test_box_without_area_overlaps_nothing_not_even_itself():
    empty = np.array([[1, 1, 1, 4], [3, 3, 2, 2]])
    assert box_iou(empty, empty).tolist() == [[0, 0], [0, 0]]
    assert box_iou(np.zeros((0, 4)), empty).shape == (0, 2)


def test_masks_overlap_as_in_pycocotools():
    masks = np.random.default_rng(0).random((7, 9, 11)) < 0.4
    encoded = [encode(np.asfortranarray(mask.astype(np.uint8))) for mask in masks]
    expected = iou_of_pycocotools(encoded[:3], encoded[3:], [0] * 4)
    np.testing.assert_allclose(mask_iou(masks[:3], masks[3:]), expected, atol=1e-12)


def test_mask_without_pixels_overlaps_nothing():
    empty = np.zeros((2, 3, 3), bool)
    assert mask_iou(empty, empty).tolist() == [[0, 0], [0, 0]]
    assert mask_iou(empty[:0], empty).shape == (0, 2)
