"""What is read from a model, against the same by hand."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from mmlesson.models import BinaryHead, ClassificationHead, Classifier, Perceptron
from mmlesson.visualization.figures import probes as observe


def mlp(hidden=(5,), activation='Tanh', in_features=2, **parts):
    torch.manual_seed(0)
    return Classifier(
        backbone={
            'type': 'MLP',
            'in_features': in_features,
            'hidden_sizes': hidden,
            'activation': activation,
        },
        head={'type': 'ClassificationHead', 'num_classes': 3},
        **parts,
    )


def cnn():
    torch.manual_seed(0)
    return Classifier(
        backbone={'type': 'CNN', 'in_channels': 1, 'image_size': (8, 8), 'channels': (4, 6)},
        head={'type': 'ClassificationHead', 'num_classes': 3},
    )


POINTS = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
IMAGE = np.random.default_rng(1).random((1, 8, 8)).astype(np.float32)


def test_probabilities_are_the_softmax_of_the_models_logits():
    model = mlp().eval()
    expected = torch.softmax(model(torch.from_numpy(POINTS)), 1).detach().numpy()
    np.testing.assert_allclose(observe.probabilities(model, POINTS), expected, atol=1e-6)


def test_parts_of_a_large_input_are_joined_in_order(monkeypatch):
    model = mlp()
    whole = observe.logits(model, POINTS)
    monkeypatch.setattr(observe, 'CHUNK', 7)
    np.testing.assert_allclose(observe.logits(model, POINTS), whole, atol=1e-6)


@pytest.mark.parametrize('make', [mlp, cnn])
def test_parts_of_hidden_layers_are_joined_too(monkeypatch, make):
    model = make()
    inputs = POINTS if make is mlp else np.random.default_rng(2).random((9, 1, 8, 8)).astype('f4')
    layers, dead = observe.hidden_layers(model, inputs), observe.dead_units(model, inputs)
    last = observe.last_hidden_layer(model, inputs)
    np.testing.assert_allclose(last, layers[-1], atol=1e-6)
    monkeypatch.setattr(observe, 'CHUNK_NUMBERS', 130)  # two pictures, or all points but for CHUNK
    monkeypatch.setattr(observe, 'CHUNK', 7)
    for part, whole in zip(observe.hidden_layers(model, inputs), layers, strict=True):
        np.testing.assert_allclose(part, whole, atol=1e-6)
    np.testing.assert_allclose(observe.last_hidden_layer(model, inputs), last, atol=1e-6)
    assert observe.dead_units(model, inputs) == dead


def test_parts_are_smaller_where_inputs_are_larger():
    model = nn.Sequential()
    sizes = [len(one) for one in observe._parts(model, np.zeros((7, 3, 512, 512), 'f4'))]
    assert sizes == [1] * 7
    assert [len(one) for one in observe._parts(model, np.zeros((5000, 2)))] == [4096, 904]


def test_model_of_one_layer_has_no_last_hidden_layer():
    assert observe.last_hidden_layer(mlp(()), POINTS) is None


@pytest.mark.parametrize('hidden', [(), (5,), (6, 4)])
def test_affine_map_is_found_in_a_deep_network_without_activations(hidden):
    model = mlp(
        hidden, 'Identity', data_preprocessor={'type': 'mmlesson.LessonPreprocessor', 'channels': 2}
    )
    model.data_preprocessor.fit(torch.tensor([1.0, -2.0]), torch.tensor([3.0, 0.5]))
    weight, bias = observe.affine_map(model, 2)
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    w, b = np.diag([1 / 3, 1 / 0.5]), -np.array([1 / 3, -2 / 0.5])
    for layer in layers:
        matrix, shift = (p.detach().double().numpy() for p in (layer.weight, layer.bias))
        w, b = matrix @ w, matrix @ b + shift
    np.testing.assert_allclose(weight, w, atol=1e-4)
    np.testing.assert_allclose(bias, b, atol=1e-4)


@pytest.mark.parametrize('activation', ['Tanh', 'ReLU', 'Sigmoid'])
def test_network_with_activations_is_not_affine(activation):
    assert observe.affine_map(mlp(activation=activation), 2) is None


def test_perceptron_is_affine():
    model = Perceptron(in_features=2)
    model.weight.copy_(torch.tensor([[2.0, -1.0]]))
    model.bias.fill_(0.5)
    weight, bias = observe.affine_map(model, 2)
    np.testing.assert_allclose(weight[1] - weight[0], [2, -1], atol=1e-9)
    assert bias[1] - bias[0] == pytest.approx(0.5)


def test_hidden_layers_are_the_inputs_of_the_following_layers():
    model = mlp((6, 4))
    first, second, last = [m for m in model.modules() if isinstance(m, nn.Linear)]
    x = torch.tanh(first(torch.from_numpy(POINTS)))
    y = torch.tanh(second(x))
    layers = observe.hidden_layers(model, POINTS)
    assert last.in_features == 4
    np.testing.assert_allclose(layers[0], x.detach().numpy(), atol=1e-6)
    np.testing.assert_allclose(layers[1], y.detach().numpy(), atol=1e-6)
    assert len(layers) == 2
    assert observe.hidden_layers(mlp(()), POINTS) == []


@pytest.mark.parametrize(
    'head', [ClassificationHead(2, in_features=4), BinaryHead(4), BinaryHead(4, bias=False)]
)
def test_last_boundary_separates_the_hidden_space_like_the_model(head):
    model = mlp((6, 4))
    model.head = head
    weight, bias = observe.last_boundary(model, POINTS)
    hidden, logits = observe.last_hidden_layer(model, POINTS), observe.logits(model, POINTS)
    assert weight.shape == (4,)
    np.testing.assert_allclose(hidden @ weight + bias, logits[:, 1] - logits[:, 0], atol=1e-6)


def test_last_boundary_is_of_two_classes_and_of_a_linear_layer_at_the_end():
    assert observe.last_boundary(mlp((4,)), POINTS) is None  # three classes
    model = mlp(())
    model.head = ClassificationHead(2, in_features=2)
    assert observe.last_boundary(model, POINTS) is None  # no hidden layer
    model = mlp((4,))
    model.head = ClassificationHead(2, in_features=4)
    model.head.register_forward_hook(lambda _module, _args, output: torch.tanh(output))
    assert observe.last_boundary(model, POINTS) is None


def test_input_gradient_is_that_of_the_winning_logit():
    model = cnn().eval()
    image = torch.from_numpy(IMAGE)[None].requires_grad_()
    model(image)[0].max().backward()
    found = observe.saliency(model, IMAGE)['input gradient']
    np.testing.assert_allclose(found, image.grad[0, 0].abs().numpy(), atol=1e-6)


def test_grad_cam_weights_the_last_maps_by_their_mean_gradients():
    model = cnn().eval()
    kept = {}
    conv = [m for m in model.modules() if isinstance(m, nn.Conv2d)][-1]
    handle = conv.register_forward_hook(lambda m, i, out: kept.update(maps=out))
    answer = model(torch.from_numpy(IMAGE)[None])[0].max()
    handle.remove()
    (gradient,) = torch.autograd.grad(answer, kept['maps'])
    cam = np.zeros(tuple(kept['maps'].shape[2:]))
    for channel in range(kept['maps'].shape[1]):
        cam += gradient[0, channel].mean().item() * kept['maps'][0, channel].detach().numpy()
    found = observe.saliency(model, IMAGE)['Grad-CAM']
    np.testing.assert_allclose(found, np.maximum(cam, 0), atol=1e-6)


def test_feature_maps_are_those_of_the_layers_in_order():
    model = cnn().eval()
    maps = observe.feature_maps(model, IMAGE)
    first = next(m for m in model.modules() if isinstance(m, nn.Conv2d))
    expected = first(torch.from_numpy(IMAGE)[None])[0].detach().numpy()
    np.testing.assert_allclose(next(iter(maps.values())), expected, atol=1e-6)
    assert all(one.ndim == 3 for one in maps.values())


def test_first_weights_have_the_shape_of_the_input():
    assert observe.first_weights(cnn(), (1, 8, 8)).shape[:2] == (4, 1)
    model = mlp(in_features=64)
    weight = next(m for m in model.modules() if isinstance(m, nn.Linear)).weight
    images = observe.first_weights(model, (1, 8, 8))
    np.testing.assert_array_equal(images[2, 0, 1], weight[2, 8:16].detach().numpy())
    assert observe.first_weights(mlp(), (2,)) is None


def test_dead_units_are_those_that_are_never_active():
    model = mlp((5,), 'ReLU')
    first = next(m for m in model.modules() if isinstance(m, nn.Linear))
    with torch.no_grad():
        first.bias.fill_(100)
        first.bias[[1, 3]] = -100
    assert observe.dead_units(model, POINTS) == [40.0]


def test_layer_norms_join_weight_and_bias():
    model = mlp(())
    layer = model.head.linear
    expected = float(torch.cat([layer.weight.flatten(), layer.bias]).detach().norm())
    assert observe.layer_norms(model) == {'head.linear': pytest.approx(expected, rel=1e-6)}
    assert observe.layer_norms(model, of_gradients=True) == {}
    model(torch.from_numpy(POINTS)).sum().backward()
    expected = float(torch.cat([layer.weight.grad.flatten(), layer.bias.grad]).norm())
    found = observe.layer_norms(model, of_gradients=True)
    assert found == {'head.linear': pytest.approx(expected, rel=1e-6)}


def test_probes_change_neither_model_nor_random_state():
    model = Classifier(
        backbone={
            **{'type': 'CNN', 'in_channels': 1, 'image_size': (8, 8), 'channels': (4,)},
            'dropout': 0.5,
        },
        head={'type': 'ClassificationHead', 'num_classes': 3},
    ).train()
    before, chance = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    modes = [module.training for module in model.modules()]
    for look in (observe.saliency, observe.feature_maps):
        look(model, IMAGE)
    for look in (observe.probabilities, observe.hidden_layers, observe.dead_units):
        look(model, IMAGE[None])
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), chance)
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ('shape', 'kernels', 'count'),
    [
        ((1, 8, 8), 4, 500),  # 64 pixels x 4 kernels of 9 weights
        ((1, 512, 512), 16, 2**33 // (512 * 512 * 16 * 9)),
        ((1, 2048, 2048), 64, 32),
    ],
)
def test_dead_units_of_a_larger_model_are_counted_over_fewer_inputs(shape, kernels, count):
    assert observe.count_noted(nn.Conv2d(1, kernels, 3, bias=False), shape) == count


def test_dead_units_of_a_sequence_model_are_counted_over_few_inputs():
    assert observe.count_noted(nn.Conv1d(1, 1, 3), (1, 9)) == 32


def test_noted_scalars_are_those_of_the_first_inputs():
    model = mlp(hidden=(5,), activation='ReLU')
    inputs = np.random.default_rng(0).normal(size=(600, 2)).astype(np.float32)
    inputs[500:] = 1e6  # units that are dead before are not any more
    with torch.no_grad():
        model.backbone.layers[0].bias.fill_(-1e4)
    noted = observe.layer_scalars(model, inputs, {})
    assert noted['layers/dead_units/hidden layer 1'] == 100.0
    assert observe.dead_units(model, inputs)[0] < 100.0


def test_first_convolution_is_found_with_its_input_and_output():
    layer, inputs, output = observe.first_convolution(cnn(), IMAGE)
    np.testing.assert_array_equal(inputs, IMAGE)
    expected = torch.nn.functional.conv2d(
        torch.from_numpy(inputs)[None], layer.weight, layer.bias, padding=1
    )
    np.testing.assert_allclose(output, expected[0].detach(), atol=1e-5)
    assert observe.first_convolution(mlp(), np.zeros(2, np.float32)) is None
