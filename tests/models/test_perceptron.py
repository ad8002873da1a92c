"""The rule, sample by sample, against scikit-learn and a loop that anyone can check."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import Perceptron as SklearnPerceptron

from mmlesson.errors import ArgumentError
from mmlesson.models import Perceptron
from mmlesson.models import perceptron as rules
from mmlesson.models.perceptron import apply_rule, compiled_rule, perceptron_pass


def points(seed, classes=2, samples=200, features=5):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(samples, features)).astype(np.float32)
    return inputs, rng.integers(0, classes, samples)  # random labels: never separable


def dot(w, x):
    total = 0.0
    for a, b in zip(w.tolist(), x.tolist(), strict=True):
        total += a * b  # from the left to the right: `@` leaves the order open
    return total


def loop(inputs, labels, epochs, rate=1.0):
    w, b, mistakes = np.zeros(inputs.shape[1]), 0.0, []
    for epoch in range(epochs):
        for i, (x, label) in enumerate(zip(inputs.astype(np.float64), labels, strict=True)):
            y = 2 * label - 1
            if y * (dot(w, x) + b) <= 0:
                w, b = w + rate * y * x, b + rate * y
                mistakes.append((epoch, i))
    return w, b, mistakes


def multiclass_loop(inputs, labels, classes, epochs, rate=1.0):
    w, b = np.zeros((classes, inputs.shape[1])), np.zeros(classes)
    for _ in range(epochs):
        for x, label in zip(inputs.astype(np.float64), labels, strict=True):
            guess = int(np.argmax([dot(row, x) for row in w] + b))
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


@pytest.fixture(params=['plain', 'compiled'])
def rule(request):
    return apply_rule if request.param == 'plain' else compiled_rule('float32')


def run_rule(rule, inputs, labels, classes, epochs=4, rate=0.1):
    rows = 1 if classes == 2 else classes
    weight, bias = np.zeros((rows, inputs.shape[1])), np.zeros(rows)
    results = [rule(weight, bias, inputs, labels, rate) for _ in range(epochs)]
    return weight, bias, np.array([wrong for wrong, _ in results]), [loss for _, loss in results]


def near_ties(classes, samples=300, features=37):
    """Small integers times 0.1: many sums are zero, or differ from it by their rounding only."""
    rng = np.random.default_rng(2)
    inputs = rng.integers(-2, 3, (samples, features)).astype(np.float32)
    return inputs, rng.integers(0, classes, samples)


def test_rule_is_compiled_here():
    assert compiled_rule('float32') is not apply_rule


@pytest.mark.parametrize('data', [points, near_ties])
def test_two_classes_have_the_weights_of_sklearn_bit_for_bit(rule, data):
    inputs, labels = points(0, features=37) if data is points else near_ties(2)
    weight, bias, _, _ = run_rule(rule, inputs, labels, 2)
    oracle = SklearnPerceptron(shuffle=False, tol=None, max_iter=4, eta0=0.1)
    oracle.fit(inputs.astype(np.float64), labels)
    np.testing.assert_array_equal(weight, oracle.coef_)
    np.testing.assert_array_equal(bias, oracle.intercept_)


@pytest.mark.parametrize('classes', [3, 4, 5, 9])
def test_many_classes_have_the_bits_of_sums_from_left_to_right(rule, classes):
    inputs, labels = near_ties(classes, samples=60, features=7)
    w, b = multiclass_loop(inputs, labels, classes, 4, rate=0.1)
    weight, bias, _, _ = run_rule(rule, inputs, labels, classes)
    np.testing.assert_array_equal(weight, w)
    np.testing.assert_array_equal(bias, b)


@pytest.mark.parametrize('classes', [2, 3, 10])
def test_plain_and_compiled_rule_give_the_same_bits(classes):
    inputs, labels = near_ties(classes)
    plain = run_rule(apply_rule, inputs, labels, classes)
    compiled = run_rule(compiled_rule('float32'), inputs, labels, classes)
    doubles = run_rule(compiled_rule('float64'), inputs.astype(np.float64), labels, classes)
    for other in (compiled, doubles):
        for expected, got in zip(plain, other, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_rule_returns_the_mistakes_and_the_loss_of_the_loop(rule):
    inputs, labels = points(3)
    _, _, wrong, losses = run_rule(rule, inputs, labels, 2, epochs=1, rate=1.0)
    assert wrong[0].nonzero()[0].tolist() == [i for _, i in loop(inputs, labels, 1)[2]]
    w, b, expected = np.zeros(5), 0.0, 0.0
    for x, y in zip(inputs.astype(np.float64), 2 * labels - 1, strict=True):
        margin = y * (dot(w, x) + b)
        expected += max(0.0, -margin)
        if margin <= 0:
            w, b = w + y * x, b + y
    assert losses[0] == pytest.approx(expected, rel=1e-12)


def test_value_that_is_not_a_number_shows_in_the_loss(rule):
    inputs, labels = points(3)
    inputs[7, 2] = np.nan
    assert np.isnan(run_rule(rule, inputs, labels, 2, epochs=1)[3][0])


def test_small_batches_do_not_load_the_compiler(monkeypatch):
    monkeypatch.setattr(rules, 'compiled_rule', lambda _: pytest.fail('loaded'))
    perceptron_pass(np.zeros((1, 2)), np.zeros(1), np.ones((16, 2)), np.zeros(16, np.int64), 1.0)
    with pytest.raises(pytest.fail.Exception, match='loaded'):
        perceptron_pass(np.zeros((1, 784)), np.zeros(1), np.ones((2, 784)), np.zeros(2, int), 1.0)


def test_rule_is_plain_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, 'numba', None)
    assert compiled_rule.__wrapped__('float32') is apply_rule


def test_rule_is_compiled_where_no_folder_for_a_cache_can_be_written(monkeypatch):
    import numba
    from numba.core.caching import FunctionCache

    lazy = numba.njit  # without a signature nothing is compiled yet
    monkeypatch.setattr(numba, 'njit', lambda _, **options: lazy(**options))
    monkeypatch.setattr(FunctionCache._impl_class, '_locator_classes', [])
    with pytest.raises(RuntimeError, match='no locator'):
        numba.njit('', cache=True)(apply_rule)
    assert compiled_rule.__wrapped__('float32').py_func is apply_rule


@pytest.mark.slow
def test_rule_is_compiled_if_its_cache_is_damaged(monkeypatch, tmp_path):
    monkeypatch.setattr('numba.core.config.CACHE_DIR', str(tmp_path))
    compiled_rule.__wrapped__('float32')
    files = [path for path in Path(tmp_path).rglob('*') if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(b'')
    assert compiled_rule.__wrapped__('float32') is not apply_rule


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
    batch['labels'][1] = -100
    with pytest.raises(ArgumentError, match=f'must be from 0 to {classes - 1}, got -100'):
        model.train_step(batch, None)


def test_wrong_number_of_features_is_named():
    batch = {'inputs': torch.zeros(3, 2, 2), 'labels': torch.tensor([0, 1, 1])}
    with pytest.raises(ArgumentError, match=r'in_features must be .*, 4, got 5'):
        Perceptron(in_features=5).train_step(batch, None)


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
