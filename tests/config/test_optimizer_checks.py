from __future__ import annotations

import re

import pytest
from paths import CONFIGS

from mmlesson.config import LoadedConfig

MLP = CONFIGS / 'mlp/mlp_digits.py'


def issues(**changes):
    """Return the issues of a config whose optimizer wrapper is changed."""
    loaded = LoadedConfig.open(MLP)
    loaded.config.optim_wrapper.update(changes)
    return [f'{issue.path}: {issue.message}' for issue in loaded.issues()]


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'max_norm': 'x'}, "max_norm: must be a number > 0, got 'x'"),
        ({'max_norm': None}, 'max_norm: must be a number > 0, got None'),
        ({'max_norm': -1}, 'max_norm: must be a number > 0, got -1'),
        ({'max_norm': 10**400}, 'max_norm: must be a number > 0, got 1000'),
        ({'max_nrm': 1}, "clipping by norm takes max_norm, .* Did you mean 'max_norm'"),
        ({'parameters': [1], 'max_norm': 1}, "not 'parameters'"),
        ({'type': 'value', 'max_norm': 1}, "takes clip_value, foreach, not 'max_norm'"),
        ({'type': 'value', 'clip_value': 'a'}, 'clip_value: must be a number > 0'),
        ({'type': 'norm'}, "clipping by norm needs 'max_norm'"),
        ({'type': ['norm']}, "type: must be 'norm' or 'value', got \\['norm'\\]"),
        ({'max_norm': 1, 'norm_type': 0}, "norm_type: must be a number other than 0, or 'inf'"),
        ({'max_norm': 1, 'foreach': 'x'}, 'foreach: must be True, False or None'),
    ],
)
def test_wrong_gradient_clipping_is_found(options, message):
    (found,) = issues(clip_grad=options)
    assert re.search(message, found)
    assert found.startswith('optim_wrapper.clip_grad')
    assert len(found) < 300


@pytest.mark.parametrize(
    'options',
    [
        {'max_norm': 35, 'norm_type': 2},
        {'max_norm': 0.1, 'norm_type': 'inf', 'error_if_nonfinite': False},
        {'type': 'value', 'clip_value': 1},
    ],
)
def test_right_gradient_clipping_passes(options):
    assert issues(clip_grad=options) == []


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'bias_lr_mult': 'x'}, "bias_lr_mult: must be a number >= 0, got 'x'"),
        ({'bias_lr_mult': -1.0}, 'bias_lr_mult: must be a number >= 0, got -1.0'),
        ({'bias_lrmult': 1.0}, "is an unknown key. Did you mean 'bias_lr_mult'"),
        ({'custom_keys': None}, 'custom_keys: must be a dict, got None'),
        ({'custom_keys': {'head': 3}}, 'custom_keys.head: must be a dict, .* got 3'),
        ({'custom_keys': {'head': {'lrmult': 1}}}, "custom_keys.head.lrmult: .*'lr_mult'"),
        ({'custom_keys': {'head': {'lr_mult': 'x'}}}, 'head.lr_mult: must be a number >= 0'),
    ],
)
def test_wrong_options_by_parameter_are_found(options, message):
    (found,) = issues(paramwise_cfg=options)
    assert re.search(message, found)


@pytest.mark.parametrize(
    'changes',
    [
        {'paramwise_cfg': {'bias_lr_mult': 0.1, 'custom_keys': {'head': {'lr_mult': 0.0}}}},
        {'paramwise_cfg': {'anything': 'x'}, 'constructor': 'OfTheUser'},
    ],
)
def test_other_options_by_parameter_pass(changes):
    assert issues(**changes) == []


@pytest.mark.parametrize('scale', ['x', -1.0, 0, None])
def test_wrong_loss_scale_is_found(scale):
    (found,) = issues(type='AmpOptimWrapper', loss_scale=scale)
    assert "must be 'dynamic', a float > 0 or a dict" in found


@pytest.mark.parametrize('scale', ['dynamic', 512.0, {'init_scale': 4.0}])
def test_right_loss_scale_passes(scale):
    assert issues(type='AmpOptimWrapper', loss_scale=scale) == []
