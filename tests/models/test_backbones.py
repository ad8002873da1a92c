"""Backbones against torch's functions and closed forms."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from mmlesson.errors import ArgumentError
from mmlesson.models import CNN, MLP


def test_cnn_has_the_shapes_of_its_formula():
    model = CNN(in_channels=3, image_size=(9, 12), channels=(4, 6), hidden_sizes=(7,))
    assert model(torch.zeros(2, 3, 9, 12))[0].shape == (2, 7)
    counts = [p.numel() for p in model.parameters()]
    assert counts == [4 * 3 * 9, 4, 6 * 4 * 9, 6, 7 * 6 * 2 * 3, 7]


@pytest.mark.parametrize(('pool', 'function'), [('max', F.max_pool2d), ('avg', F.avg_pool2d)])
def test_cnn_equals_torchs_functions(pool, function):
    model = CNN(image_size=(4, 6), channels=(3,), hidden_sizes=(), activation='Tanh', pool=pool)
    conv = model.stages[0]
    x = torch.randn(2, 1, 4, 6)
    expected = function(torch.tanh(F.conv2d(x, conv.weight, conv.bias, padding=1)), 2).flatten(1)
    torch.testing.assert_close(model(x)[0], expected)
    assert model.out_features == expected.shape[1]


def test_batch_norm_replaces_the_bias():
    model = CNN(channels=(4,), batch_norm=True)
    assert model.stages[0].bias is None
    out = model.stages[:2](torch.randn(16, 1, 8, 8))
    torch.testing.assert_close(out.mean((0, 2, 3)), torch.zeros(4), atol=1e-5, rtol=0)


def test_window_can_be_larger_and_keeps_the_size():
    model = CNN(channels=(2,), kernel_size=5, hidden_sizes=())
    assert model.stages[0].weight.shape == (2, 1, 5, 5)
    assert model(torch.zeros(1, 1, 8, 8))[0].shape == (1, 2 * 4 * 4)


def test_mlp_flattens_and_equals_torchs_functions():
    model = MLP(6, hidden_sizes=(5, 4), activation='Sigmoid')
    first, second = (layer for layer in model.layers if hasattr(layer, 'weight'))
    x = torch.randn(3, 2, 3)
    hidden = torch.sigmoid(F.linear(x.flatten(1), first.weight, first.bias))
    expected = torch.sigmoid(F.linear(hidden, second.weight, second.bias))
    torch.testing.assert_close(model(x)[0], expected)
    assert model.out_features == 4


def test_dropout_zeroes_its_fraction_in_training_only():
    torch.manual_seed(0)
    model = MLP(3, hidden_sizes=(20_000,), activation='Softplus', dropout=0.25)
    x = torch.randn(1, 3)
    assert (model.train()(x)[0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert (model.eval()(x)[0] != 0).all()


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: MLP(4, hidden_sizes=(3, 0)), r'MLP\.hidden_sizes\[1\] must be an int >= 1, got 0'),
        (lambda: MLP(4, hidden_sizes=3), 'must be a sequence of ints, got 3'),
        (lambda: MLP(4, activation='Relu'), "Did you mean 'ReLU'"),
        (lambda: CNN(image_size=(8, 8), channels=(1, 1, 1, 1)), 'at most 3 stages'),
        (lambda: CNN(pool='mean'), "CNN.pool must be one of 'max', 'avg'"),
        (lambda: MLP(4)(torch.zeros(1, 5)), 'Set in_features=5'),
        (lambda: CNN()(torch.zeros(1, 3, 8, 8)), r'expects samples of shape \(1, 8, 8\)'),
    ],
)
def test_wrong_argument_is_named(build, message):
    with pytest.raises(ArgumentError, match=message):
        build()


def test_even_window_is_refused():
    with pytest.raises(ArgumentError, match=r'CNN\.kernel_size must be odd, got 4'):
        CNN(kernel_size=4)
