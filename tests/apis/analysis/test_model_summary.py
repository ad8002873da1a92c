"""Facts about networks against closed forms, worked by hand, and torch's own counter."""

from __future__ import annotations

import pytest
import torch
from forked import run_forked
from paths import ROOT
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mmlesson.apis import format_facts, inspect_config, inspect_model
from mmlesson.config import load_config
from mmlesson.errors import UserError
from mmlesson.models import Classifier


class Net(nn.Module):
    """Layers in a row, called as mmengine's models are."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x, mode='tensor'):
        return self.layers(x)


def facts_of(layers, shape=(1, 32, 32)):
    return inspect_model(Net(*layers), shape).layers


def conv(channels=2, **options):
    return nn.Conv2d(**{'in_channels': channels, 'out_channels': 2, 'kernel_size': 3, **options})


def test_layers_of_a_cnn_by_hand():
    model = Classifier(
        backbone={
            'type': 'mmlesson.CNN',
            'in_channels': 3,
            'image_size': (12, 8),
            'channels': (4, 6),
            'hidden_sizes': (7,),
            'batch_norm': True,
        },
        head={'type': 'mmlesson.ClassificationHead', 'num_classes': 10},
    )
    facts = inspect_model(model, (3, 12, 8))
    by_hand = [
        # kind, output, parameters, multiply-adds
        ('Conv2d', (4, 12, 8), 4 * 3 * 9, 4 * 3 * 9 * 96),
        ('BatchNorm2d', (4, 12, 8), 8, 0),
        ('ReLU', (4, 12, 8), 0, 0),
        ('MaxPool2d', (4, 6, 4), 0, 0),
        ('Conv2d', (6, 6, 4), 6 * 4 * 9, 6 * 4 * 9 * 24),
        ('BatchNorm2d', (6, 6, 4), 12, 0),
        ('ReLU', (6, 6, 4), 0, 0),
        ('MaxPool2d', (6, 3, 2), 0, 0),
        ('Linear', (7,), 36 * 7 + 7, 36 * 7),
        ('ReLU', (7,), 0, 0),
        ('Linear', (10,), 7 * 10 + 10, 7 * 10),
    ]
    found = [
        (one.kind, one.output_shape, one.parameters, one.multiply_adds) for one in facts.layers
    ]
    assert found == by_hand
    assert facts.parameters == sum(row[2] for row in by_hand)
    assert facts.multiply_adds == sum(row[3] for row in by_hand)


def test_convolution_against_a_fully_connected_layer_of_the_same_shape():
    first, second = facts_of([conv(1), conv(2, bias=False, groups=2, stride=2)], (1, 6, 7))
    # (1, 6, 7) -> (2, 4, 5): a weight from each of 42 inputs to each of 40 outputs, 40 biases.
    assert (first.parameters, first.dense_parameters) == (2 * 9 + 2, 42 * 40 + 40)
    # (2, 4, 5) -> (2, 1, 2), no bias
    assert (second.parameters, second.dense_parameters) == (2 * 9, 40 * 4)


def test_dense_parameters_are_those_of_a_real_linear_layer():
    (layer,) = facts_of([conv(3)], (3, 5, 5))
    linear = nn.Linear(3 * 5 * 5, 2 * 3 * 3)
    assert layer.dense_parameters == sum(p.numel() for p in linear.parameters())


class Mixed(nn.Module):
    """Products outside of any layer, before and after one, and a layer used twice."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5, 5))
        self.linear = nn.Linear(5, 5)

    def forward(self, x, mode='tensor'):
        return self.linear(self.linear(x @ self.weight)) @ self.weight


def test_matrix_products_outside_of_layers_count_for_their_module():
    model = Mixed()
    facts = inspect_model(model, (5,))
    rows = [(one.name, one.parameters, one.multiply_adds) for one in facts.layers]
    assert rows == [('linear', 30, 25), ('linear', 0, 25), ('model', 25, 50)]
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 5))
    assert facts.multiply_adds == counter.get_total_flops() // 2


def test_attention_by_hand():
    tokens, width = 6, 8
    layer = nn.TransformerEncoderLayer(width, 2, dim_feedforward=16, batch_first=True)
    facts = inspect_model(Net(layer), (tokens, width))
    # query, key, value, output: 4 D^2 per token; scores and mixing: T D each per token; the MLP.
    assert facts.multiply_adds == tokens * (4 * width**2 + 2 * tokens * width + 2 * width * 16)
    assert sum(one.parameters for one in facts.layers) == facts.parameters
    assert facts.parameters == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize('channels', [1, 2, 5])
def test_two_3x3_convolutions_have_a_5x5_receptive_field(channels):
    last = facts_of([conv(channels), nn.ReLU(inplace=True), conv()], (channels, 16, 16))[-1]
    assert (last.field.height, last.field.width, last.field.inputs) == (5, 5, 25)
    assert last.field.describe() == '5 x 5'


def closed_form(layers):
    """R <- r + (k - 1) j, j <- j s: size and step of what a unit sees."""
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size, jump


@pytest.mark.parametrize(
    'pool', [nn.MaxPool2d(2), nn.AvgPool2d(2), nn.MaxPool2d(3, stride=2), conv(stride=2)]
)
@pytest.mark.parametrize('activation', [nn.ReLU(), nn.Tanh(), nn.Sigmoid()])
def test_receptive_field_and_stride_follow_the_closed_form(pool, activation):
    layers = [conv(1, padding=1), activation, pool, conv(padding=1), activation, pool, conv()]
    steps = [(3, 1), (1, 1), (getattr(pool, 'kernel_size', 3), 2), (3, 1), (1, 1)]
    steps = [(k[0] if isinstance(k, tuple) else k, s) for k, s in steps]
    steps += [steps[2], (3, 1)]
    for place, layer in enumerate(facts_of(layers, (1, 64, 64)), start=1):
        size, jump = closed_form(steps[:place])
        assert (layer.field.height, layer.field.width) == (size, size)
        assert layer.field.stride == (jump, jump)
        assert not layer.field.reaches_edge


def test_field_of_other_shapes():
    (wide,) = facts_of([conv(1, kernel_size=(1, 5))])
    assert (wide.field.height, wide.field.width) == (1, 5)
    (dilated,) = facts_of([conv(1, dilation=2)])
    assert (dilated.field.describe(), dilated.field.inputs) == ('5 x 5', 9)
    (whole,) = facts_of([nn.AdaptiveAvgPool2d(1)])
    assert whole.field.describe() == '32 x 32+'


def test_field_that_reaches_the_edge_is_marked():
    first, second = facts_of([conv(1, padding=1), conv(padding=1)], (1, 4, 4))
    assert first.field.describe() == '3 x 3+'  # the centre unit (2, 2) sees 1..3 of 0..3
    assert second.field.describe() == '4 x 4+'


@pytest.mark.parametrize('pool', [nn.MaxPool2d(2), nn.AvgPool2d(2)])
def test_output_of_convolution_and_pooling_moves_with_the_input(pool):
    layers = [conv(3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), pool, conv(padding=1)]
    for layer in facts_of(layers, (3, 24, 30)):
        assert layer.field.shift_error < 1e-6


class PositionDependent(nn.Module):
    def forward(self, x):
        return x * torch.linspace(1, 2, x.shape[-1], dtype=x.dtype)


def test_position_dependent_output_has_a_shift_error():
    first, second = facts_of([conv(1), PositionDependent()])
    assert first.field.shift_error < 1e-6
    assert second.field.shift_error > 1e-2


def test_shift_error_is_unknown_if_every_field_contains_the_border():
    (layer,) = facts_of([conv(1, padding=1)], (1, 3, 3))
    assert layer.field.shift_error is None


def test_digits_lesson():
    facts = inspect_config(load_config(ROOT / 'configs/cnn/cnn_digits.py'))
    assert facts.input_shape == (1, 8, 8)
    first = facts.layers[0]
    # 16 filters of 3 x 3 with a bias each, against 64 * 1024 weights and 1024 biases
    assert (first.parameters, first.dense_parameters) == (
        16 * 9,
        64 * 1024,
    )  # no biases before batch norm
    assert first.field.describe() == '3 x 3'
    assert 'backbone.stages.0: 144 parameters' in format_facts(facts)


@pytest.mark.parametrize(
    ('lesson', 'parameters'),
    [
        ('mlp/mlp_xor.py', 2 * 8 + 8 + 8 * 2 + 2),
        ('mlp/mlp_backprop.py', 64 * 64 + 64 + 64 * 10 + 10),
        ('perceptron/perceptron_blobs.py', 2 + 1),
    ],
)
def test_vector_inputs_have_a_table_without_fields(lesson, parameters):
    facts = inspect_config(load_config(ROOT / 'configs' / lesson))
    assert facts.parameters == sum(one.parameters for one in facts.layers) == parameters
    assert all(one.field is None for one in facts.layers)
    assert 'shift error:' not in format_facts(facts)


def test_model_is_not_changed():
    model = Net(conv(1), nn.BatchNorm2d(2)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    inspect_model(model, (1, 8, 8))
    assert model.training
    assert model.layers[0].weight.dtype == torch.float32
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_config_without_a_model_is_refused():
    config = load_config(ROOT / 'configs/mlp/mlp_xor.py', {'model': None})
    with pytest.raises(UserError, match='has no model'):
        inspect_config(config)


def test_tool_prints_the_table():
    done = run_forked(
        *('tools/analysis/inspect_model.py', 'configs/cnn/cnn_digits.py'),
        *('--cfg-options', 'model.backbone.channels=(4,)'),
    )
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert ' '.join(rows['backbone.stages.0']) == 'Conv2d 4 x 8 x 8 36 2,304 3 x 3 0'
    assert ' '.join(rows['head.linear']) == 'Linear 10 650 640 - -'
