"""Overrides of a command line: what is refused, what keeps its kind, what is dropped."""

from __future__ import annotations

import pytest
from paths import CONFIGS

from mmlesson.config import LoadedConfig, load_config, parse_options
from mmlesson.errors import UserError


def load(lesson: str, *pairs: str):
    return load_config(CONFIGS / lesson, parse_options(pairs))


@pytest.mark.parametrize(
    ('pair', 'near'),
    [
        ('train_cfg.max_epoch=3', 'train_cfg.max_epochs'),
        ('optim_wrapper.optimiser.lr=1', 'optim_wrapper.optimizer.lr'),
        ('custom_hooks.0.patiense=3', 'custom_hooks.0.patience'),
        ('default_hooks.chekpoint.max_keep=1', 'default_hooks.checkpoint.max_keep'),
        ('test_dataloder.batch_size=8', 'test_dataloader.batch_size'),
        ('lr=0.1', 'optim_wrapper.optimizer.lr'),
    ],
)
def test_unknown_key_is_refused_with_the_nearest(pair, near):
    key = pair.partition('=')[0]
    with pytest.raises(UserError) as raised:
        load('mlp/fit_stopped.py', pair)
    assert str(raised.value) == (
        f'--cfg-options {key} is not a key of this config, and no class accepts it there. '
        f"Did you mean '{near}'? To add it anyway, write +{key}=..."
    )


def test_variable_of_the_file_is_refused_where_it_would_change_nothing():
    with pytest.raises(
        UserError, match=r"variable .* no key is computed from it\. .*'train_cfg\.max_epochs'"
    ):
        load('cnn/cnn_mnist.py', 'max_epochs=3')


@pytest.mark.parametrize(
    ('pair', 'message'),
    [
        ('custom_hooks.1.patience=3', "custom_hooks is a list of 1, so '1' must be a number below"),
        ('custom_hooks.x=3', "custom_hooks is a list of 1, so 'x' must be a number below 1"),
        ('train_dataloader.batch_size.x=8', 'train_dataloader.batch_size is 16, not a dict'),
    ],
)
def test_key_without_a_parent_is_refused(pair, message):
    with pytest.raises(UserError, match=message):
        load('mlp/fit_stopped.py', pair)


def test_plus_adds_an_unknown_key():
    config = load('mlp/mlp_xor.py', '+notes.author=me', '+train_cfg.max_epoch=3')
    assert config.notes.author == 'me'
    (found,) = LoadedConfig.of(config, ['+notes.author', '+train_cfg.max_epoch']).issues()
    assert found.path == 'train_cfg.max_epoch'  # added as told, and told that nobody takes it
    assert found.source == 'command line'


@pytest.mark.parametrize(
    'pair',
    [
        'model.backbone.dropout=0.5',
        'train_cfg.dynamic_intervals=[(1, 2)]',
        'optim_wrapper.clip_grad.max_norm=8',
        'load_from=None',
        'default_hooks.timer.type=IterTimerHook',
        'model.neck.type=mmpretrain.GlobalAveragePooling',
    ],
)
def test_omitted_argument_of_the_class_needs_no_plus(pair):
    assert LoadedConfig.of(load('mlp/mlp_xor.py', pair)).issues() == []


@pytest.mark.parametrize(
    ('pair', 'value'),
    [
        ('optim_wrapper.optimizer.lr=1', 1.0),
        ('train_cfg.max_epochs=5.0', 5),
        ('train_cfg.max_epochs=5.5', 5.5),
        ('model.backbone.hidden_sizes=8,8', (8, 8)),
        ('model.backbone.hidden_sizes.0=9', (9,)),
        ('model.backbone.hidden_sizes=()', ()),
        ('test_after_train=0', False),
        ('device=0', '0'),
        ('device=None', None),
        ('randomness.seed=1', 1),
    ],
)
def test_value_keeps_the_type_of_the_replaced_value(pair, value):
    node = load('mlp/mlp_xor.py', pair)
    for part in pair.partition('=')[0].removesuffix('.0').split('.'):
        node = node[part]
    assert node == value
    assert type(node) is type(value)


def test_entry_of_a_list_is_addressed_by_its_index():
    config = load('mlp/fit_stopped.py', 'custom_hooks.0.patience=3')
    assert config.custom_hooks == [{'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 3}]


SWAPPED = 'note: optim_wrapper.optimizer: dropped momentum, which SGD accepts and Adam does not.\n'


@pytest.mark.parametrize(
    'pairs',
    [
        ['optim_wrapper.optimizer.type=Adam'],
        ["optim_wrapper.optimizer={'type': 'Adam'}"],
        ['optim_wrapper.optimizer.amsgrad=True', 'optim_wrapper.optimizer.type=Adam'],
    ],
)
def test_other_optimizer_drops_unknown_arguments_with_a_note(pairs, capsys):
    config = load('perceptron/descent_momentum.py', *pairs)
    assert config.optim_wrapper.optimizer.type == 'Adam'
    assert config.optim_wrapper.optimizer.lr == 0.02
    assert 'momentum' not in config.optim_wrapper.optimizer
    assert capsys.readouterr().err == SWAPPED
    assert LoadedConfig.of(config).issues() == []


def test_explicit_argument_of_the_other_optimizer_is_reported_not_dropped(capsys):
    pairs = ['optim_wrapper.optimizer.momentum=0.3', 'optim_wrapper.optimizer.type=Adam']
    (found,) = LoadedConfig.of(load('perceptron/descent_momentum.py', *pairs)).issues()
    assert (found.path, found.message) == (
        'optim_wrapper.optimizer.momentum',
        "Adam has no argument 'momentum'.",
    )
    assert capsys.readouterr().err == ''


def test_child_with_another_optimizer_drops_what_its_base_set(tmp_path, capsys):
    base = CONFIGS / 'perceptron/descent_momentum.py'
    lesson = tmp_path / 'lesson.py'
    lesson.write_text(
        f"_base_ = ['{base}']\noptim_wrapper = dict(optimizer=dict(type='Adam', lr=0.1))\n"
    )
    config = load_config(lesson)
    assert config.optim_wrapper.optimizer == {'type': 'Adam', 'lr': 0.1}
    assert capsys.readouterr().err == SWAPPED
    assert LoadedConfig.of(config).issues() == []


def test_mistake_of_the_base_is_not_dropped_with_the_old_type(tmp_path):
    (tmp_path / 'base.py').write_text("model = dict(type='MLP', in_featurs=2)\n")
    lesson = tmp_path / 'lesson.py'
    lesson.write_text("_base_ = ['base.py']\nmodel = dict(type='CNN')\n")
    assert load_config(lesson).model == {'type': 'CNN', 'in_featurs': 2}
