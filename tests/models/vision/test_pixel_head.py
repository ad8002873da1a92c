from __future__ import annotations

import math

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import PixelHead

FEATS = (torch.ones(2, 4, 8, 12), torch.ones(2, 6, 4, 6), torch.ones(2, 8, 2, 3))


def test_output_has_the_size_of_the_finest_map_and_a_class_for_the_background():
    assert PixelHead(10, in_channels=(4, 6, 8))(FEATS).shape == (2, 11, 8, 12)


def test_skips_are_what_the_fine_maps_reach_the_output_by():
    for skips in (True, False):
        torch.manual_seed(0)
        head = PixelHead(2, in_channels=(4, 6, 8), skips=skips).eval()
        before = head(FEATS)
        after = head((FEATS[0] * torch.rand(8, 12), *FEATS[1:]))
        assert torch.equal(before, after) is not skips


def test_loss_is_the_mean_cross_entropy_of_each_image():
    logits = torch.zeros(2, 3, 2, 2)
    logits[1, 2] = math.log(2)  # probabilities 1/4, 1/4, 1/2
    truth = torch.tensor([[[0, 1], [2, 2]], [[2, 2], [2, 0]]], dtype=torch.uint8)
    losses = PixelHead(2, in_channels=(4,)).sample_losses(logits, {'sem_seg': truth}, (2, 2))
    expected = [math.log(3), (3 * math.log(2) + math.log(4)) / 4]
    assert losses['loss_seg'].tolist() == pytest.approx(expected)


def test_prediction_is_a_map_of_the_image_as_in_mmseg():
    logits = torch.zeros(1, 3, 2, 2)
    logits[0, 2, 0, 0] = logits[0, 1, 1, 1] = 5.0
    (found,) = PixelHead(2, in_channels=(4,)).predictions(logits, (2, 2))
    assert found['pred_sem_seg']['data'].tolist() == [[[2, 0], [0, 1]]]
    (larger,) = PixelHead(2, in_channels=(4,)).predictions(logits, (6, 8))
    assert larger['pred_sem_seg']['data'].shape == (1, 6, 8)


def test_pixel_of_an_unknown_class_is_refused():
    truth = {'sem_seg': torch.full((1, 2, 2), 4, dtype=torch.uint8)}
    with pytest.raises(ArgumentError, match=r'num_classes \(=2\) must be .* pixel of class 3'):
        PixelHead(2, in_channels=(4,)).sample_losses(torch.zeros(1, 3, 2, 2), truth, (2, 2))


def test_skips_must_be_a_bool():
    with pytest.raises(ArgumentError, match=r'PixelHead.skips must be True or False, got 1'):
        PixelHead(2, in_channels=(4,), skips=1)
