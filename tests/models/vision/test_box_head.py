from __future__ import annotations

import math

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import BoxHead

SIZE = (20, 40)  # height, width


def labels(box=(4, 2, 20, 10), label=1):
    return {'bboxes': torch.tensor([[box]]).float(), 'labels': torch.tensor([[label]])}


def head(**arguments):
    return BoxHead(3, in_channels=(4, 6), pool=2, hidden_size=5, **arguments)


def test_output_has_the_logits_and_a_box():
    outputs = head()((torch.zeros(2, 4, 8, 8), torch.zeros(2, 6, 4, 4)))
    assert outputs.shape == (2, 7)


def test_losses_by_hand():
    """The true box is (0.1, 0.1, 0.5, 0.5); errors are 0.3, beyond the kink at 0.1, and 0.02."""
    outputs = torch.tensor([[0.0, 0, 0, 0.4, 0.12, 0.5, 0.5]])
    losses = head(box_weight=2.0).sample_losses(outputs, labels(), SIZE)
    assert losses['loss_cls'].tolist() == pytest.approx([math.log(3)])
    expected = 2 * (0.3 - 0.05 + 0.02**2 / 0.2)
    assert losses['loss_bbox'].tolist() == pytest.approx([expected])


def test_box_in_pixels_has_a_loss_of_pixels():
    outputs = torch.tensor([[0.0, 0, 0, 0.4, 0.1, 0.5, 0.5]])
    losses = head(box_weight=1.0, box_unit='pixel').sample_losses(outputs, labels(), SIZE)
    assert losses['loss_bbox'].tolist() == pytest.approx([0.3 * 40 - 0.5], rel=1e-5)


def test_prediction_is_in_pixels_with_the_probability_of_its_class():
    outputs = torch.tensor([[0.0, math.log(3), 0, 0.1, 0.1, 0.5, 0.5]])
    (found,) = head().predictions(outputs, SIZE)
    assert found['pred_instances']['bboxes'].tolist() == [pytest.approx([4, 2, 20, 10])]
    assert found['pred_instances']['labels'].tolist() == [1]
    assert found['pred_instances']['scores'].tolist() == pytest.approx([0.6])


def test_image_with_several_or_no_objects_is_refused():
    several = {'bboxes': torch.zeros(1, 2, 4), 'labels': torch.tensor([[1, -1]])}
    for wrong in (several, labels(label=-1)):
        with pytest.raises(ArgumentError, match=r'exactly one object.*or use CenterHead'):
            head().sample_losses(torch.zeros(1, 7), wrong, SIZE)


def test_wrong_unit_is_refused():
    with pytest.raises(ArgumentError, match="box_unit must be one of 'image', 'pixel'"):
        head(box_unit='cm')
