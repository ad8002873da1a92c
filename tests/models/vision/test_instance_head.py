from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import CenterHead, InstanceHead
from mmlesson.models.vision.instance_head import inside

SIZE = (16, 24)  # height, width; maps of 16 x 24, 8 x 12 and 4 x 6 cells
FEATS = tuple(torch.zeros(2, width, 16 >> k, 24 >> k) for k, width in enumerate((4, 5, 6)))


def head(**arguments):
    return InstanceHead(3, in_channels=(4, 5, 6), **arguments)


def outputs():
    """One image with an object of class 2 in the box (8, 2, 14, 10), and pixels left of x = 10."""
    heatmap = torch.full((1, 3, 4, 6), -20.0)
    heatmap[0, 2, 1, 2] = 20
    sizes, offsets = torch.zeros(1, 2, 4, 6), torch.zeros(1, 2, 4, 6)
    sizes[0, :, 1, 2] = torch.tensor([1.5, 2.0])
    offsets[0, :, 1, 2] = torch.tensor([0.75, 0.5])
    pixels = torch.zeros(1, 2, *SIZE)
    pixels[0, 1, :, :10], pixels[0, 1, :, 10:] = 20, -20
    return heatmap, sizes, offsets, pixels


def test_outputs_are_those_of_detection_and_two_classes_of_pixels():
    shapes = [tuple(part.shape) for part in head()(FEATS)]
    assert shapes == [(2, 3, 4, 6), (2, 2, 4, 6), (2, 2, 4, 6), (2, 2, 16, 24)]


def test_mask_is_the_pixels_of_objects_in_the_box():
    (found,) = head().predictions(outputs(), SIZE)
    objects = found['pred_instances']
    expected = np.zeros(SIZE, bool)
    expected[2:10, 8:10] = True
    assert objects['bboxes'].tolist() == [[8, 2, 14, 10]]
    assert objects['labels'].tolist() == [2]
    assert objects['masks'].shape == (1, *SIZE)
    assert np.array_equal(objects['masks'][0].numpy(), expected)


def test_pixels_belong_to_a_box_by_their_centres():
    found = inside(torch.tensor([[0.6, 0.0, 2.5, 1.4]]), (2, 4))
    assert found.tolist() == [[[False, True, False, False], [False] * 4]]


def test_loss_is_that_of_detection_and_of_the_pixels():
    labels = {
        'bboxes': torch.tensor([[[8.0, 2, 14, 10]]]),
        'labels': torch.tensor([[2]]),
        'instances': torch.zeros(1, *SIZE, dtype=torch.uint8),
    }
    labels['instances'][:, :, :10] = 7  # any number of an object
    losses = head(mask_weight=3).sample_losses(outputs(), labels, SIZE)
    assert {name: float(loss) for name, loss in losses.items()} == pytest.approx(
        {'loss_heatmap': 0, 'loss_size': 0, 'loss_offset': 0, 'loss_mask': 0}, abs=1e-6
    )
    unknown = (*outputs()[:3], torch.zeros(1, 2, *SIZE))
    losses = head(mask_weight=3).sample_losses(unknown, labels, SIZE)
    assert float(losses['loss_mask']) == pytest.approx(3 * math.log(2))


def test_boxes_are_those_of_detection():
    torch.manual_seed(0)
    random = (*(torch.randn_like(part) for part in outputs()),)
    detector = CenterHead(3, in_channels=(4, 5, 6))
    found, expected = head().decode(random, SIZE), detector.decode(random[:3], SIZE)
    assert all(torch.equal(found[name], rows) for name, rows in expected.items())


def test_errors_name_the_class():
    with pytest.raises(ArgumentError, match=r'InstanceHead.mask_weight'):
        head(mask_weight=-1)
    with pytest.raises(ArgumentError, match=r'InstanceHead.max_per_image'):
        head(max_per_image=0)
