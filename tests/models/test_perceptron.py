"""The rule, sample by sample, against scikit-learn and a loop that anyone can check."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from sklearn.linear_model import Perceptron as SklearnPerceptron
from threadpoolctl import threadpool_limits

from mmlesson.errors import ArgumentError
from mmlesson.models import Perceptron
from mmlesson.models.perceptron import perceptron_pass


def points(seed, classes=2, samples=200, features=5):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(samples, features)).astype(np.float32)
    return inputs, rng.integers(0, classes, samples)  # random labels: never separable


def loop(inputs, labels, epochs, rate=1.0):
    w, b, mistakes = np.zeros(inputs.shape[1]), 0.0, []
    for epoch in range(epochs):
        for i, (x, label) in enumerate(zip(inputs.astype(np.float64), labels, strict=True)):
            y = 2 * label - 1
            if y * (w @ x + b) <= 0:
                w, b = w + rate * y * x, b + rate * y
                mistakes.append((epoch, i))
    return w, b, mistakes


def multiclass_loop(inputs, labels, classes, epochs, rate=1.0):
    w, b = np.zeros((classes, inputs.shape[1])), np.zeros(classes)
    for _ in range(epochs):
        for x, label in zip(inputs.astype(np.float64), labels, strict=True):
            guess = int(np.argmax(w @ x + b))
            if guess != label:
                w[label], w[guess] = w[label] + rate * x, w[guess] - rate * x
                b[label], b[guess] = b[label] + rate, b[guess] - rate
    return w, b


def fit(model, inputs, labels, epochs, batch_size):
    counted = 0
    for _ in range(epochs):
        for start in range(0, len(inputs), batch_size):
            part = slice(start, start + batch_size)
            batch = {
                'inputs': torch.from_numpy(inputs[part]),
                'labels': torch.from_numpy(labels[part]),
            }
            counted += int(model.train_step(batch, None)['mistakes'])
    return counted


@pytest.mark.parametrize('batch_size', [1, 7, 200])
@pytest.mark.parametrize('seed', range(3))
def test_perceptron_equals_loop_and_sklearn_whatever_the_batch_size(batch_size, seed):
    inputs, labels = points(seed)
    model = Perceptron(in_features=5, learning_rate=0.5)
    counted = fit(model, inputs, labels, 4, batch_size)

    w, b, mistakes = loop(inputs, labels, 4, rate=0.5)
    assert counted == len(mistakes)
    np.testing.assert_allclose(model.weight[0].numpy(), w, rtol=0, atol=1e-12)
    oracle = SklearnPerceptron(shuffle=False, tol=None, max_iter=4, eta0=0.5)
    oracle.fit(inputs.astype(np.float64), labels)
    np.testing.assert_allclose(model.weight.numpy(), oracle.coef_, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.bias.numpy(), oracle.intercept_, rtol=0, atol=1e-12)
    assert model.bias.item() == pytest.approx(b, abs=1e-12)


def test_pass_makes_the_mistakes_of_the_loop_in_order():
    inputs, labels = points(3)
    mistakes, _ = perceptron_pass(
        np.zeros((1, 5)), np.zeros(1), inputs.astype(np.float64), labels, 1.0
    )
    assert mistakes == [i for _, i in loop(inputs, labels, 1)[2]]


@pytest.mark.parametrize('batch_size', [1, 9, 200])
def test_multiclass_perceptron_equals_loop(batch_size):
    inputs, labels = points(1, classes=4)
    model = Perceptron(in_features=5, num_classes=4)
    fit(model, inputs, labels, 3, batch_size)
    w, b = multiclass_loop(inputs, labels, 4, 3)
    np.testing.assert_allclose(model.weight.numpy(), w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.bias.numpy(), b, rtol=0, atol=1e-12)


@pytest.mark.parametrize('batch_size', [1, 3, 64, 240])
@pytest.mark.parametrize('classes', [2, 4])
def test_scores_that_differ_by_rounding_are_decided_alike_in_any_batch(classes, batch_size):
    """Small integers times 0.3: sums that should be zero are zero, or off by one bit."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        inputs = rng.integers(-2, 3, (240, 12)).astype(np.float32)
        labels = rng.integers(0, classes, 240)
        model = Perceptron(in_features=12, num_classes=classes, learning_rate=0.3)
        fit(model, inputs, labels, 3, batch_size)
        if classes == 2:
            w, b, _ = loop(inputs, labels, 3, rate=0.3)
        else:
            w, b = multiclass_loop(inputs, labels, classes, 3, rate=0.3)
        np.testing.assert_allclose(model.weight.numpy().squeeze(), w, rtol=0, atol=1e-12)
        np.testing.assert_allclose(model.bias.numpy().squeeze(), b, rtol=0, atol=1e-12)


def test_random_init_depends_on_the_seed_and_uses_the_same_rule():
    inputs, labels = points(4)
    torch.manual_seed(7)
    model = Perceptron(in_features=5, init='normal')
    torch.manual_seed(7)
    assert torch.equal(Perceptron(in_features=5, init='normal').weight, model.weight)
    w, b = model.weight[0].numpy().copy(), float(model.bias)
    assert np.abs(w).min() > 0
    for x, label in zip(inputs.astype(np.float64), labels, strict=True):
        y = 2 * label - 1
        if y * (w @ x + b) <= 0:
            w, b = w + y * x, b + y
    fit(model, inputs, labels, 1, 50)
    np.testing.assert_allclose(model.weight[0].numpy(), w, rtol=0, atol=1e-12)
    assert float(model.bias) == pytest.approx(b, abs=1e-12)


@pytest.mark.parametrize('classes', [2, 10])
def test_epoch_takes_at_most_four_times_that_of_sklearn(classes):
    """10,000 x 784 and about 2,000 mistakes, as in MNIST; the best of several attempts each."""
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 10, 10_000)
    prototypes = rng.normal(scale=0.06, size=(10, 784)).astype(np.float32)
    inputs = prototypes[digits] + rng.random((10_000, 784), dtype=np.float32)
    doubles, labels = inputs.astype(np.float64), digits % classes
    counts = []

    def ours():
        counts.append(fit(Perceptron(784, classes), inputs, labels, 1, 1000))

    def theirs():
        SklearnPerceptron(shuffle=False, tol=None, max_iter=1).fit(doubles, labels)

    def seconds(work):
        start = time.process_time()  # of this process alone, however busy the machine is
        work()
        return time.process_time() - start

    with threadpool_limits(1):  # waiting threads count as busy
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(7)]
    own, other = map(min, zip(*pairs, strict=True))
    assert own <= 4 * other
    assert 1000 < counts[0] < 3000


def test_perceptron_prediction_is_the_side_of_the_line():
    model = Perceptron(in_features=2)
    model.weight.copy_(torch.tensor([[1.0, -2.0]]))
    inputs = torch.tensor([[3.0, 1.0], [1.0, 1.0]])
    first, second = model(inputs, torch.tensor([0, 0]), mode='predict')
    assert (int(first['pred_label']), int(second['pred_label'])) == (1, 0)
    assert float(first['pred_score'][1]) == pytest.approx(1 / (1 + np.exp(-1)), abs=1e-6)
    assert (float(first['loss']), float(second['loss'])) == (1.0, 0.0)


@pytest.mark.parametrize('classes', [2, 3])
def test_label_without_a_score_is_named(classes):
    model = Perceptron(in_features=2, num_classes=classes)
    batch = {'inputs': torch.zeros(3, 2), 'labels': torch.tensor([0, 7, 1])}
    with pytest.raises(ArgumentError, match=f'num_classes must be more than .* 7, got {classes}'):
        model.train_step(batch, None)


def test_unknown_mode_is_named():
    model = Perceptron(in_features=2)
    with pytest.raises(ArgumentError, match="Did you mean 'predict'"):
        model(torch.zeros(1, 2), mode='predicts')
    with pytest.raises(ArgumentError, match="needs labels in mode 'loss'"):
        model(torch.zeros(1, 2), mode='loss')


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'in_features': 0}, 'Perceptron.in_features must be an int >= 1, got 0'),
        ({'in_features': 2, 'num_classes': 1}, 'num_classes must be an int >= 2'),
        ({'in_features': 2, 'init': 'zero'}, "Did you mean 'zeros'"),
        ({'in_features': 2, 'learning_rate': -1}, 'learning_rate must be a number'),
    ],
)
def test_bad_argument_of_the_perceptron_is_named(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        Perceptron(**arguments)
