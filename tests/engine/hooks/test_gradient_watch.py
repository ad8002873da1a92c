import pytest
import torch
from torch import nn

from mmlesson.engine.hooks.gradient_watch import GradientWatch


@pytest.fixture
def parameter():
    return nn.Parameter(torch.zeros(1))


@pytest.fixture
def train(parameter):
    """Return a function that takes steps with gradients 1, 2, 3, …."""
    optimizer = torch.optim.SGD([parameter], lr=1.0)

    def run(watch, steps):
        for step in range(steps):
            parameter.grad = torch.full((1,), step + 1.0)
            optimizer.step()
            watch.end_iteration()

    run.optimizer = optimizer
    return run


def test_norms_are_those_of_the_first_step_of_each_epoch(train, parameter):
    watch, read = GradientWatch(), []
    for _ in range(2):
        watch.start(train.optimizer, lambda: {'weight': parameter.grad.norm().item()})
        train(watch, 3)
        read.append(watch.norms)
        watch.norms = None
    assert read == [{'weight': 1.0}, {'weight': 1.0}]


def test_later_steps_of_an_epoch_have_no_hook(train):
    watch, calls = GradientWatch(), []
    watch.start(train.optimizer, lambda: calls.append(1) or {})
    watch.start(train.optimizer, lambda: calls.append(2) or {})
    train(watch, 1)
    assert not train.optimizer._optimizer_step_pre_hooks
    train(watch, 2)
    assert calls == [1]


def test_norms_of_a_resumed_epoch_are_not_read_again(train):
    watch = GradientWatch()
    watch.norms = {'weight': 5.0}
    watch.start(train.optimizer, dict)
    train(watch, 1)
    assert watch.norms == {'weight': 5.0}
