from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torchvision.ops import sigmoid_focal_loss

from mmlesson.models.vision.heatmaps import (
    focal_loss,
    gaussian_maps,
    highest_points,
    only_peaks,
)


def test_gaussian_is_that_of_the_distance():
    (found,) = gaussian_maps(torch.tensor([[2.0, 1.0]]), (4, 6), 1.5)
    rows, columns = np.mgrid[:4, :6]
    expected = np.exp(-((columns - 2) ** 2 + (rows - 1) ** 2) / (2 * 1.5**2))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)
    assert float(found[1, 2]) == 1


def test_maps_keep_the_axes_of_the_points():
    assert gaussian_maps(torch.zeros(5, 3, 2), (4, 6), 1).shape == (5, 3, 4, 6)


def test_focal_loss_by_hand():
    """At a score of 1/2: a quarter of ln 2, times the weight of a neighbour of a peak."""
    losses = focal_loss(torch.zeros(3), torch.tensor([1.0, 0.0, 0.5]))
    expected = [0.25 * math.log(2), 0.25 * math.log(2), 0.25 * math.log(2) / 16]
    assert losses.tolist() == pytest.approx(expected)


def test_focal_loss_of_hard_targets_is_that_of_torchvision():
    logits = torch.linspace(-6, 6, 13)
    targets = (torch.arange(13) % 2).float()
    expected = sigmoid_focal_loss(logits, targets, alpha=-1, gamma=2)
    torch.testing.assert_close(focal_loss(logits, targets), expected)


def test_focal_loss_of_extreme_logits_is_finite():
    logits = torch.tensor([-200.0, 200.0], requires_grad=True)
    losses = focal_loss(logits, torch.tensor([1.0, 0.0]))
    losses.sum().backward()
    assert losses.tolist() == pytest.approx([200, 200])
    assert bool(torch.isfinite(logits.grad).all())


def test_only_cells_without_a_larger_neighbour_keep_their_score():
    scores = torch.zeros(1, 1, 5, 5)
    scores[0, 0, 1, 1], scores[0, 0, 2, 2], scores[0, 0, 4, 4] = 0.9, 0.8, 0.3
    kept = only_peaks(scores)
    assert kept.nonzero()[:, 2:].tolist() == [[1, 1], [4, 4]]
    assert float(kept[0, 0, 1, 1]) == pytest.approx(0.9)


def test_highest_point_moves_a_quarter_cell_towards_the_higher_neighbour():
    maps = torch.zeros(1, 2, 4, 6)
    maps[0, 0, 2, 3], maps[0, 0, 2, 4], maps[0, 0, 1, 3] = 1.0, 0.5, 0.4
    maps[0, 1, 0, 0] = 0.7  # in a corner: its neighbours are itself, or lower
    points, values = highest_points(maps)
    assert points[0, 0].tolist() == [3.25, 1.75]
    assert values[0].tolist() == pytest.approx([1.0, 0.7])
    assert points[0, 1].tolist() == [-0.25, -0.25]


def test_peak_of_a_gaussian_is_found_within_a_quarter_cell():
    generator = torch.Generator().manual_seed(0)
    true = torch.rand(50, 1, 2, generator=generator) * 8 + 2
    points, _ = highest_points(gaussian_maps(true, (12, 12), 1.0))
    assert float((points - true).abs().max()) <= 0.25 + 1e-5
