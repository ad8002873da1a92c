from __future__ import annotations

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import FeatureMaps


def test_each_stage_halves_the_size_and_has_its_channels():
    maps = FeatureMaps(3, channels=(4, 6, 8))(torch.zeros(2, 3, 16, 24))
    assert [tuple(m.shape) for m in maps] == [(2, 4, 16, 24), (2, 6, 8, 12), (2, 8, 4, 6)]


def test_number_of_parameters_by_hand():
    """Kernels without bias, and a weight and a bias of batch norm for each channel."""
    model = FeatureMaps(1, channels=(4, 6), depth=2)
    kernels = 9 * (1 * 4 + 4 * 6 + 6 * 6)
    assert sum(p.numel() for p in model.parameters()) == kernels + 2 * (4 + 6 + 6)


def test_features_move_with_the_image():
    torch.manual_seed(0)
    model = FeatureMaps(1, channels=(4, 4)).eval()
    image = torch.zeros(1, 1, 24, 24)
    image[..., 8:12, 8:12] = torch.rand(4, 4)
    for stride, before, after in zip(
        (1, 2), model(image), model(image.roll((4, 2), (2, 3))), strict=True
    ):
        moved = before.roll((4 // stride, 2 // stride), (2, 3))
        inner = (..., slice(5, -5), slice(5, -5))  # the borders are padded with zeros
        torch.testing.assert_close(after[inner], moved[inner])


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((1, 1, 10, 8), r'multiples of 4, got \(10, 8\)'),
        ((1, 3, 8, 8), r'images \(N, 1, H, W\), got \(1, 3, 8, 8\)'),
        ((1, 64), r'images \(N, 1, H, W\), got \(1, 64\)'),
    ],
)
def test_wrong_inputs_are_refused(shape, message):
    with pytest.raises(ArgumentError, match=message):
        FeatureMaps(1, channels=(4, 4, 4))(torch.zeros(shape))


@pytest.mark.parametrize('channels', [(), 16, (16, 0), 'ab'])
def test_wrong_channels_are_refused(channels):
    with pytest.raises(ArgumentError, match=r'FeatureMaps.channels'):
        FeatureMaps(1, channels=channels)
