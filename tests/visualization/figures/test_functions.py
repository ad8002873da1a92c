"""Activation functions and losses against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from mmlesson.visualization.figures import functions
from mmlesson.visualization.figures.context import NotApplicableError


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


FORMULAS = {
    'Sigmoid': (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    'Tanh': (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    'ReLU': (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
}


def test_activations_and_derivatives_are_those_of_the_formulas(finished):
    context = finished('mlp/circles_relu.py')
    drawing = functions.activations(context)['activations']
    z, values, derivatives = drawing.args
    assert drawing.kwargs['own'] == 'ReLU'
    assert list(values) == list(FORMULAS)
    for name, (function, derivative) in FORMULAS.items():
        np.testing.assert_allclose(values[name], function(z), atol=1e-12)
        np.testing.assert_allclose(derivatives[name], derivative(z), atol=1e-12)


def test_activation_of_the_run_is_added_to_the_common_ones(finished):
    drawing = functions.activations(
        finished('mlp/circles_relu.py', model__backbone__activation='ELU')
    )
    z, values, derivatives = drawing['activations'].args
    assert drawing['activations'].kwargs['own'] == 'ELU'
    np.testing.assert_allclose(values['ELU'], np.where(z > 0, z, np.expm1(z)), atol=1e-12)
    quotient = np.gradient(values['ELU'], z)
    np.testing.assert_allclose(derivatives['ELU'], quotient, atol=0.01)


def test_model_without_activation_function_has_no_such_figure(finished):
    with pytest.raises(NotApplicableError, match='no activation function'):
        functions.activations(finished('perceptron/loss_hinge.py'))


def test_losses_over_the_margin_are_those_of_the_formulas(finished):
    context = finished('perceptron/loss_hinge.py')
    drawing = functions.losses(context)['losses']
    m, losses = drawing.args
    perceptron, hinge, entropy, squared, wrong = losses.values()
    np.testing.assert_allclose(perceptron, np.maximum(0, -m), atol=1e-12)
    np.testing.assert_allclose(hinge, np.maximum(0, 1 - m), atol=1e-12)
    np.testing.assert_allclose(entropy, np.log1p(np.exp(-m)), atol=1e-12)
    np.testing.assert_allclose(squared, (1 - m) ** 2 / 4, atol=1e-12)
    np.testing.assert_array_equal(wrong, m <= 0)
    assert drawing.kwargs['own'] == 'hinge: max(0, 1 - m)'


def test_margins_below_the_losses_are_those_of_the_training_samples(finished):
    context = finished('perceptron/loss_hinge.py')
    samples = functions.losses(context)['losses'].kwargs['samples']
    weight, bias = context.linear
    scores = context.train.inputs @ (weight[1] - weight[0]) + bias[1] - bias[0]
    sign = np.where(context.train.labels == 1, 1, -1)
    np.testing.assert_allclose(samples, sign * scores, atol=1e-4)


def test_margin_is_the_distance_to_the_largest_other_logit():
    logits = np.array([[1.0, 4.0, 2.0], [1.0, 4.0, 2.0]], dtype=np.float32)
    assert functions.margins_of(logits, np.array([1, 0])).tolist() == [2.0, -3.0]


def test_loss_of_a_multilayer_network_is_marked(finished):
    drawing = functions.losses(finished('mlp/mlp_moons.py'))['losses']
    assert drawing.kwargs['own'].startswith('cross-entropy')
