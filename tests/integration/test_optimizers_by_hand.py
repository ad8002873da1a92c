"""The lesson's optimizers, written out by hand, against those that its configs build."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.registry import MODELS

CONFIGS = CONFIGS / 'perceptron'
STEPS = 20


def sgd(w, gradient, state, lr, momentum=0.0, nesterov=False):
    """V <- m v + g;  w <- w - lr v, or with Nesterov w - lr (g + m v)."""
    state['v'] = momentum * state.get('v', 0.0) + gradient
    step = gradient + momentum * state['v'] if nesterov else state['v']
    return w - lr * step


def adagrad(w, gradient, state, lr):
    """S <- s + g^2;  w <- w - lr g / (sqrt(s) + eps)."""
    state['s'] = state.get('s', 0.0) + gradient**2
    return w - lr * gradient / (np.sqrt(state['s']) + 1e-10)


def rmsprop(w, gradient, state, lr):
    """S <- 0.99 s + 0.01 g^2;  w <- w - lr g / (sqrt(s) + eps)."""
    state['s'] = 0.99 * state.get('s', 0.0) + 0.01 * gradient**2
    return w - lr * gradient / (np.sqrt(state['s']) + 1e-8)


def adam(w, gradient, state, lr, weight_decay=0.0):
    """Means of g and g^2, freed of their start at zero; AdamW first shrinks the weights."""
    w = w * (1 - lr * weight_decay)
    state['t'] = state.get('t', 0) + 1
    state['m'] = 0.9 * state.get('m', 0.0) + 0.1 * gradient
    state['s'] = 0.999 * state.get('s', 0.0) + 0.001 * gradient**2
    mean, square = state['m'] / (1 - 0.9 ** state['t']), state['s'] / (1 - 0.999 ** state['t'])
    return w - lr * mean / (np.sqrt(square) + 1e-8)


BY_HAND = {
    'descent_full': lambda *a: sgd(*a, lr=1.0),
    'descent_minibatch': lambda *a: sgd(*a, lr=0.1),
    'descent_single': lambda *a: sgd(*a, lr=0.01),
    'descent_momentum': lambda *a: sgd(*a, lr=0.02, momentum=0.9),
    'descent_nesterov': lambda *a: sgd(*a, lr=0.02, momentum=0.9, nesterov=True),
    'descent_adagrad': lambda *a: adagrad(*a, lr=0.3),
    'descent_rmsprop': lambda *a: rmsprop(*a, lr=0.02),
    'descent_adam': lambda *a: adam(*a, lr=0.05),
    'descent_adamw': lambda *a: adam(*a, lr=0.05, weight_decay=0.01),
}


def gradient_by_hand(w, inputs, labels):
    """Of the mean of log(1 + exp(-y w.x)), y in {-1, +1}."""
    y = np.where(labels == 1, 1.0, -1.0)
    pull = -y / (1 + np.exp(y * (inputs @ w)))
    return (pull[:, None] * inputs).mean(0)


def test_every_descent_lesson_has_its_update_written_out():
    assert {file.stem for file in CONFIGS.glob('descent_*.py')} == set(BY_HAND)


@pytest.mark.parametrize('name', BY_HAND)
def test_update_written_out_is_that_of_the_config(name):
    config = load_config(CONFIGS / f'{name}.py')
    init_default_scope('mmlesson')
    model = MODELS.build(config.model).double()
    with warnings.catch_warnings():  # adam's 'fused' on float64 is torch's own business
        warnings.simplefilter('ignore')
        wrapper = build_optim_wrapper(model, config.optim_wrapper)
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(STEPS, 8, 2)), rng.integers(0, 2, (STEPS, 8))
    (parameter,) = model.parameters()
    by_hand, state = parameter.detach().numpy().ravel().copy(), {}
    for x, y in zip(inputs, labels, strict=True):
        by_hand = BY_HAND[name](by_hand, gradient_by_hand(by_hand, x, y), state)
        losses = model(torch.from_numpy(x), torch.from_numpy(y), mode='loss')
        wrapper.update_params(losses['loss'])
        np.testing.assert_allclose(parameter.detach().numpy().ravel(), by_hand, atol=1e-6)
    assert np.abs(by_hand).max() > 1e-3  # it has moved
