"""Location of planted faults."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmlesson.apis.analysis.gradient_check import check_gradients
from mmlesson.apis.analysis.gradient_fault import layer_names


class Scaled(torch.autograd.Function):
    """Identity whose gradient is multiplied by a factor: wrong, unless the factor is 1."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return ctx.factor * grad, None


class Layer(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return Scaled.apply(x, self.factor)


class Net(nn.Module):
    def __init__(self, *factors):
        super().__init__()
        parts = [(nn.Linear(2, 2), Layer(factor)) for factor in factors]
        self.layers = nn.Sequential(*[layer for pair in parts for layer in pair])

    def forward(self, inputs, mode):
        return {'loss': self.layers(inputs).sin().sum()}

    def parse_losses(self, losses):
        return losses['loss'], losses


def faults_of(*factors):
    torch.manual_seed(0)
    return check_gradients(Net(*factors), {'inputs': torch.randn(3, 2)}).faults


def test_right_model_has_no_fault():
    assert faults_of(1, 1, 1) == []


@pytest.mark.parametrize('place', [0, 1, 2])
def test_layer_that_returns_a_wrong_gradient_is_the_only_one_named(place):
    factors = [1, 1, 1]
    factors[place] = 2
    (fault,) = faults_of(*factors)
    assert fault.startswith(f'layers.{2 * place + 1} (Layer): its backward pass returns a wrong')
    assert f'to layers.{2 * place} (Linear) (relative error 0.5)' in fault


def test_parameters_have_the_titles_of_their_layers():
    names = layer_names(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)))
    assert names['0.bias'] == '0 (Linear)'
    assert names['1.weight'] == '1 (BatchNorm1d)'
