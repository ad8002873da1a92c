"""Test-time augmentation against the mean of two forward passes."""

from __future__ import annotations

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import Classifier, FlipTTA


def test_flip_tta_averages_an_image_and_its_mirror():
    model = Classifier(
        backbone={'type': 'mmlesson.CNN'},
        head={'type': 'mmlesson.ClassificationHead', 'num_classes': 3},
    ).eval()
    x = torch.randn(4, 1, 8, 8)
    with torch.no_grad():
        expected = (model(x).softmax(1) + model(x.flip(-1)).softmax(1)) / 2
        rows = FlipTTA(model).test_step({'inputs': x})
    torch.testing.assert_close(torch.stack([row['pred_score'] for row in rows]), expected)
    with pytest.raises(ArgumentError, match='needs images'):
        FlipTTA(model).test_step({'inputs': torch.zeros(1, 4)})


def test_label_is_kept_and_a_single_view_is_the_model_itself():
    model = Classifier(
        backbone={'type': 'mmlesson.CNN'},
        head={'type': 'mmlesson.ClassificationHead', 'num_classes': 3},
    ).eval()
    x = torch.randn(2, 1, 8, 8)
    torch.testing.assert_close(FlipTTA(model)(x, mode='tensor'), model(x, mode='tensor'))
    rows = FlipTTA(model).test_step({'inputs': x, 'labels': torch.tensor([2, 0])})
    assert [row['gt_label'].item() for row in rows] == [2, 0]
