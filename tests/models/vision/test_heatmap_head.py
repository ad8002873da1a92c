from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import HeatmapHead
from mmlesson.models.vision.heatmaps import gaussian_maps

SIZE = (16, 24)  # height, width; cells of 2 x 2 pixels on maps of 8 x 12


@pytest.fixture
def head():
    return HeatmapHead(2, in_channels=(4, 6), channels=3)


def test_output_is_twice_as_fine_as_the_coarsest_map(head):
    feats = (torch.zeros(2, 4, 8, 12), torch.zeros(2, 6, 4, 6))
    assert head(feats).shape == (2, 2, 8, 12)


def test_loss_is_the_squared_distance_from_a_gaussian(head):
    points = torch.tensor([[[[7.0, 3.0], [10.0, 12.0]]]])  # cells (3, 1) and (4.5, 5.5)
    losses = head.sample_losses(torch.zeros(1, 2, 8, 12), {'keypoints': points}, SIZE)
    rows, columns = np.mgrid[:8, :12]
    squares = [
        np.exp(-((columns - x) ** 2 + (rows - y) ** 2)).sum() for x, y in ((3, 1), (4.5, 5.5))
    ]
    assert losses['loss_heatmap'].tolist() == pytest.approx([np.mean(squares)])


def test_points_of_the_targets_are_predicted_again(head):
    true = torch.tensor([[[5.0, 9.0], [17.0, 3.0]]])  # centres of cells
    maps = gaussian_maps(true / 2 - 0.5, (8, 12), 1.0)
    (found,) = head.predictions(maps, SIZE)
    assert found['pred_instances']['keypoints'].tolist() == true.tolist()
    assert found['pred_instances']['keypoint_scores'].tolist() == [[1, 1]]


def test_other_points_than_those_of_one_object_are_refused(head):
    for shape in ((1, 2, 2, 2), (1, 1, 5, 2)):
        with pytest.raises(ArgumentError, match='must get 2 keypoints of exactly one object'):
            head.sample_losses(torch.zeros(1, 2, 8, 12), {'keypoints': torch.zeros(shape)}, SIZE)
