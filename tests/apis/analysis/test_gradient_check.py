"""The gradient check: right models pass, planted mistakes are found and named."""

from __future__ import annotations

import pytest
import torch
from forked import run_forked
from mmengine.registry import init_default_scope
from paths import ROOT
from torch import nn

from mmlesson.apis import check_config_gradients, check_gradients
from mmlesson.apis.analysis.gradient_check import format_checks
from mmlesson.config import load_config
from mmlesson.errors import ArgumentError, UserError
from mmlesson.models import Classifier
from mmlesson.registry import MODELS

TOLERANCE = 1e-4

PLANTED = """
import torch
from mmengine.model import BaseModule
from torch import nn
from mmlesson.registry import MODELS


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, sign_x, sign_w):
        ctx.save_for_backward(x, w)
        ctx.signs = sign_x, sign_w
        return x * w

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        sign_x, sign_w = ctx.signs
        return sign_x * grad * w, sign_w * (grad * x).sum(0), None, None


class ScaleLayer(nn.Module):
    def __init__(self, size, sign_x, sign_w):
        super().__init__()
        self.w = nn.Parameter(torch.linspace(1, 2, size))
        self.signs = sign_x, sign_w

    def forward(self, x):
        return Scale.apply(x, self.w, *self.signs)


@MODELS.register_module(force=True)
class PlantedBackbone(BaseModule):
    out_features = 6

    def __init__(self, sign_x=1, sign_w=1):
        super().__init__()
        self.first = nn.Linear(2, 6)
        self.scale = ScaleLayer(6, sign_x, sign_w)
        self.last = nn.Linear(6, 6)

    def forward(self, x):
        return (self.last(torch.tanh(self.scale(self.first(x)))),)
"""
exec(PLANTED)


def planted(**signs):
    return load_config(
        ROOT / 'configs/mlp/mlp_xor.py',
        {'model.backbone': {'_delete_': True, 'type': 'PlantedBackbone', **signs}},
    )


def check_model(backbone: nn.Module, x: torch.Tensor, **options):
    model = Classifier(
        backbone={'type': 'mmlesson.MLP', 'in_features': 2},
        head={'type': 'mmlesson.ClassificationHead', 'num_classes': 2, 'in_features': 3},
    )
    model.backbone = backbone
    labels = torch.arange(len(x)) % 2
    return check_gradients(model, {'inputs': x, 'labels': labels}, **options)


@pytest.mark.parametrize(
    'lesson',
    [
        'mlp/mlp_digits.py',
        'mlp/mlp_backprop.py',
        'cnn/cnn_digits.py',  # batch norm, dropout, max-pooling
    ],
)
def test_gradients_of_a_lesson_are_right(lesson):
    config = load_config(ROOT / 'configs' / lesson)
    report = check_config_gradients(config, max_entries=10)
    names = [name for name, _ in MODELS.build(config.model).named_parameters()]
    assert [check.name for check in report.checks] == names
    assert all(0 <= check.error < TOLERANCE for check in report.checks)
    assert all(check.compared > 0 for check in report.checks)
    assert report.faults == []


def test_gradients_of_lenet5_of_mmpretrain_are_right():
    model = Classifier(backbone={'type': 'mmpretrain.LeNet5', 'num_classes': 10})
    inputs = torch.randn(3, 1, 32, 32)
    report = check_gradients(
        model, {'inputs': inputs, 'labels': torch.tensor([1, 2, 3])}, max_entries=6
    )
    assert len(report.checks) == 10
    assert all(0 < check.error < TOLERANCE for check in report.checks)
    assert report.faults == []


def test_wrong_sign_in_the_backward_pass_names_only_its_layer():
    report = check_config_gradients(planted(sign_x=-1))
    (fault,) = report.faults
    assert fault.startswith('backbone.scale (ScaleLayer): its backward pass returns a wrong')
    wrong = {check.name for check in report.checks if check.is_wrong(TOLERANCE)}
    assert wrong == {'backbone.first.weight', 'backbone.first.bias'}  # the consequence
    assert min(c.error for c in report.checks if c.name in wrong) == pytest.approx(2, abs=1)


def test_wrong_sign_of_a_weight_names_its_layer():
    report = check_config_gradients(planted(sign_w=-1))
    (fault,) = report.faults
    assert fault.startswith('backbone.scale (ScaleLayer): the gradient of backbone.scale.w is')
    # |g - (-g)| / |g|
    (check,) = [check for check in report.checks if check.is_wrong(TOLERANCE)]
    assert check.error == pytest.approx(2, rel=1e-6)


def test_two_mistakes_in_one_layer_are_both_reported():
    faults = check_config_gradients(planted(sign_x=-1, sign_w=-1)).faults
    assert len(faults) == 2
    assert all(fault.startswith('backbone.scale (ScaleLayer)') for fault in faults)


def test_small_error_is_found_at_a_small_tolerance_only():
    config = planted(sign_w=1 + 1e-5)
    assert check_config_gradients(config).faults == []
    assert len(check_config_gradients(config, tolerance=1e-6).faults) == 1


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        return (self.linear(x).detach(),)


def test_gradient_that_was_cut_off_is_wrong():
    report = check_model(Detached(), torch.randn(4, 2))
    wrong = {check.name for check in report.checks if check.is_wrong(TOLERANCE)}
    assert wrong == {'backbone.linear.weight', 'backbone.linear.bias'}
    assert 'backbone' in report.faults[0]


class NaNBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * float('nan')


class NaNLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)
        self.cut = nn.Identity()

    def forward(self, x):
        return (self.cut(NaNBackward.apply(self.linear(x))),)


def test_nan_gradient_is_wrong():
    assert 'backbone.cut' in check_model(NaNLayer(), torch.randn(4, 2)).faults[0]


class Kinked(nn.Module):
    """relu(w) at w = 0 exactly, and at w = 1: a kink for the first entry alone."""

    def __init__(self, values):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(values))

    def forward(self, x):
        return (torch.relu(self.w) * torch.ones(len(x), 1, dtype=x.dtype),)


def test_entries_at_a_kink_are_left_out_and_counted():
    report = check_model(Kinked([0.0, 1.0, -1.0]), torch.randn(4, 2))
    first = report.checks[0]
    assert (first.name, first.compared, first.left_out) == ('backbone.w', 2, 1)
    assert report.faults == []


def test_kink_between_the_steps_is_left_out_too():
    near = 7e-6  # between h / 2 and h from the kink
    report = check_model(Kinked([near, -near, 1.0]), torch.randn(4, 2))
    assert (report.checks[0].compared, report.checks[0].left_out) == (1, 2)
    assert report.faults == []


def test_parameter_with_kinks_only_does_not_pass():
    (fault,) = check_model(Kinked([0.0, 0.0, 0.0]), torch.randn(4, 2)).faults
    assert 'backbone.w could not be checked, because all of its 3 entries' in fault


def test_large_parameters_are_sampled_and_the_table_notes_it():
    config = load_config(ROOT / 'configs/mlp/mlp_digits.py')
    report = check_config_gradients(config, max_entries=3)
    assert [check.compared + check.left_out for check in report.checks] == [3, 3, 3, 3]
    text = format_checks(report, TOLERANCE)
    assert 'backbone.layers.0.weight  3 of 4096' in text
    assert 'random entries from a fixed seed' in text


def test_model_is_not_changed():
    config = load_config(ROOT / 'configs/cnn/cnn_digits.py')
    init_default_scope('mmlesson')
    model = MODELS.build(config.model).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.data_preprocessor.fit(torch.zeros(1), torch.ones(1))
    batch = {'inputs': torch.rand(4, 1, 8, 8), 'labels': torch.arange(4)}
    check_gradients(model, batch, max_entries=1)
    assert not model.training
    after = model.state_dict()
    assert all(
        torch.equal(before[name], after[name]) for name in before if 'preprocessor' not in name
    )


def test_model_without_gradients_is_refused():
    config = load_config(ROOT / 'configs/perceptron/perceptron_blobs.py')
    with pytest.raises(UserError, match='Perceptron has no parameter that a gradient trains'):
        check_config_gradients(config)


@pytest.mark.parametrize(
    ('options', 'message'),
    [({'tolerance': -1}, 'tolerance must be a number'), ({'max_entries': 0}, 'must be an int')],
)
def test_wrong_argument_is_named(options, message):
    with pytest.raises(ArgumentError, match=message):
        check_model(Kinked([1.0, 1.0, 1.0]), torch.randn(2, 2), **options)


def test_config_without_data_is_refused():
    config = load_config(ROOT / 'configs/mlp/mlp_xor.py', {'train_dataloader': None})
    with pytest.raises(UserError, match=r'mlp_xor\.py has no train_dataloader'):
        check_config_gradients(config)


def test_tool_names_the_layer_and_exits_with_one(tmp_path):
    (tmp_path / 'planted_layer.py').write_text(PLANTED)
    config = tmp_path / 'planted.py'
    config.write_text(
        f"_base_ = '{ROOT}/configs/mlp/mlp_xor.py'\n"
        "custom_imports = dict(imports=['planted_layer'])\n"
        "model = dict(backbone=dict(_delete_=True, type='PlantedBackbone', sign_x=-1))\n"
    )
    env = {'PYTHONPATH': str(tmp_path)}
    done = run_forked('tools/analysis/check_gradients.py', config, env=env)
    assert done.returncode == 1
    assert done.stderr.count('error: backbone.scale (ScaleLayer): its backward pass') == 1
    assert 'Traceback' not in done.stderr
    assert done.stdout.splitlines()[1].split() == [
        *('backbone.first.weight', '12', 'of', '12', '0'),
        *done.stdout.splitlines()[1].split()[5:6],
        'WRONG',
    ]
