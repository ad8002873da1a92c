import torch
from mmengine.hooks import EMAHook
from mmengine.model import ExponentialMovingAverage
from torch import nn

from mmlesson.early_stopping.best_weights import copy_weights, restore_weights


def layer(value):
    made = nn.Linear(1, 1)
    nn.init.constant_(made.weight, value)
    nn.init.constant_(made.bias, -value)
    return made


def test_copy_does_not_follow_training():
    model = layer(1.0)
    weights = copy_weights(model)
    nn.init.constant_(model.weight, 2.0)
    assert weights['weight'].item() == 1.0


def test_restore_loads_the_copy():
    model, best = layer(2.0), copy_weights(layer(1.0))
    assert restore_weights(model, best, ())
    assert model.weight.item() == 1.0
    assert model.bias.item() == -1.0


def test_restore_does_nothing_if_the_weights_are_the_same():
    model = layer(1.0)
    assert not restore_weights(model, copy_weights(model), ())


def test_restore_sets_the_average_of_an_ema_hook_too():
    model, hook = layer(2.0), EMAHook()
    hook.ema_model = ExponentialMovingAverage(model)
    restore_weights(model, copy_weights(layer(1.0)), [hook])
    assert hook.ema_model.module.weight.item() == 1.0


def test_changed_buffer_counts_as_other_weights():
    model = nn.BatchNorm1d(2)
    best = copy_weights(model)
    model(torch.randn(4, 2))
    assert restore_weights(model, best, ())
    assert model.running_mean.tolist() == [0.0, 0.0]
