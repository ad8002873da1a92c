"""Difference quotients against closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from mmlesson.apis.analysis.gradient_compare import FixedLoss, GradientCheck, compare_entries

TOLERANCE = 1e-6


def compare(function, values, gradient):
    tensor = torch.tensor(values, dtype=torch.float64)
    gradient = torch.tensor(gradient, dtype=torch.float64)
    found = compare_entries(lambda: function(tensor).sum(), tensor, gradient, 100, TOLERANCE)
    assert tensor.tolist() == values  # restored
    return found


def test_right_gradient_of_a_smooth_function():
    values = [0.3, -1.2, 2.0]
    compared, left_out, error = compare(torch.sin, values, [math.cos(v) for v in values])
    assert (compared, left_out) == (3, 0)
    assert error < TOLERANCE


def test_error_is_relative_to_the_larger_of_both():
    *_, error = compare(torch.square, [3.0], [3.0])  # the derivative is 6
    assert error == pytest.approx(0.5, abs=1e-6)


def test_kink_is_left_out_and_the_other_entries_are_compared():
    compared, left_out, error = compare(torch.abs, [0.0, 2.0, -2.0], [9.0, 1.0, -1.0])
    assert (compared, left_out) == (2, 1)
    assert error < TOLERANCE


def test_nan_is_the_worst_error():
    *_, error = compare(torch.square, [1.0, 2.0], [float('nan'), 4.0])
    assert math.isnan(error)
    assert GradientCheck('w', 'layer', 2, 2, 0, error).is_wrong(0.1)


class Dropping(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))

    def forward(self, inputs, mode):
        return {'loss': self.layer(inputs).square().sum()}

    def parse_losses(self, losses):
        return losses['loss'], losses


def test_loss_is_the_same_function_in_each_pass_and_the_model_is_untouched():
    model = Dropping()
    loss = FixedLoss(model, {'inputs': torch.randn(6, 3)})
    first, second = loss(), loss()
    assert first.dtype == torch.float64
    assert first == second
    assert model.layer[1].num_batches_tracked == 0
    assert model.layer[0].weight.dtype == torch.float32
