"""Receptive fields against the closed form of a convolution."""

from __future__ import annotations

import pytest
from torch import nn

from mmlesson.apis.analysis.receptive_field import ReceptiveField, measure_fields


class Net(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x, mode):
        return self.layers(x)


def first_field(layer, size=16):
    return measure_fields(Net(layer).eval(), (1, size, size))[0]


@pytest.mark.parametrize(
    ('kernel', 'stride', 'dilation'), [(1, 1, 1), (3, 1, 1), (3, 2, 1), (5, 3, 1), (3, 1, 2)]
)
def test_convolution_by_its_closed_form(kernel, stride, dilation):
    field = first_field(nn.Conv2d(1, 2, kernel, stride, dilation=dilation))
    side = dilation * (kernel - 1) + 1
    assert (field.height, field.width) == (side, side)
    assert field.inputs == kernel**2
    assert field.stride == (stride, stride)
    assert field.shift_error == pytest.approx(0, abs=1e-12)


def test_window_that_is_not_square():
    field = first_field(nn.Conv2d(1, 1, (3, 5)))
    assert field.describe() == '3 x 5'


def test_fully_connected_output_has_no_field():
    assert measure_fields(Net(nn.Flatten(), nn.Linear(16, 2)).eval(), (1, 4, 4)) == {}


def test_global_pooling_reaches_the_edge():
    field = first_field(nn.AdaptiveAvgPool2d(1))
    assert field.describe() == '16 x 16+'
    assert (field.stride, field.shift_error) == (None, None)


def test_description_marks_the_edge():
    assert ReceptiveField(3, 4, 12, True).describe() == '3 x 4+'
