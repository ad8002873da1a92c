from __future__ import annotations

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import CenterHead
from mmlesson.models.vision.task_head import map_layers


@pytest.mark.parametrize(('upsample', 'size'), [(0, (3, 5)), (1, (6, 10)), (2, (12, 20))])
def test_layers_double_the_size(upsample, size):
    assert map_layers(4, 7, upsample)(torch.zeros(2, 4, 3, 5)).shape == (2, 7, *size)


def test_channels_of_the_maps_are_checked():
    with pytest.raises(ArgumentError, match=r'CenterHead.in_channels must be the channels of each'):
        CenterHead(10, in_channels=64)
