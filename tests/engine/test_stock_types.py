import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.optim import AmpOptimWrapper, OptimWrapper

from mmlesson.engine.hooks import LessonCheckpointHook
from mmlesson.engine.optim.wrapper import LessonOptimWrapper
from mmlesson.engine.stock_types import (
    NEVER,
    is_type,
    lesson_checkpoint_hook,
    lesson_optim_wrapper,
)

CPU = torch.device('cpu')


@pytest.mark.parametrize('kind', ['CheckpointHook', 'mmengine.CheckpointHook', CheckpointHook])
def test_type_is_recognised_in_each_way_to_write_it(kind):
    assert is_type({'type': kind}, 'CheckpointHook')


@pytest.mark.parametrize('config', [{'type': 'LessonCheckpointHook'}, {}, None, CheckpointHook()])
def test_other_configs_are_not_recognised(config):
    assert not is_type(config, 'CheckpointHook')


def test_arguments_of_the_checkpoint_hook_are_passed_on_under_our_names():
    options = {'interval': 3, 'max_keep_ckpts': 2, 'save_best': 'auto', 'rule': 'less'}
    hook, notes = lesson_checkpoint_hook({'type': 'CheckpointHook', **options}, by_epoch=True)
    assert hook == {
        'type': 'mmlesson.LessonCheckpointHook',
        'interval': 3,
        'max_keep': 2,
        'save_best': 'auto',
        'rule': 'less',
    }
    assert notes == []


def test_defaults_are_those_of_mmengine():
    hook, _ = lesson_checkpoint_hook({'type': 'CheckpointHook'}, by_epoch=True)
    assert (hook['interval'], hook['max_keep']) == (CheckpointHook().interval, -1) == (NEVER, -1)


@pytest.mark.parametrize(
    ('hook_by_epoch', 'run_by_epoch', 'expected'),
    [(True, True, 5), (False, False, 5), (False, True, 1), (True, False, NEVER)],
)
def test_interval_is_converted_to_the_unit_of_the_run(hook_by_epoch, run_by_epoch, expected):
    config = {'type': 'CheckpointHook', 'interval': 5, 'by_epoch': hook_by_epoch}
    assert lesson_checkpoint_hook(config, run_by_epoch)[0]['interval'] == expected


def test_argument_without_effect_is_reported():
    config = {'type': 'CheckpointHook', 'out_dir': 's3://x', 'save_optimizer': False}
    hook, notes = lesson_checkpoint_hook(config, by_epoch=True)
    assert not {'out_dir', 'save_optimizer'} & hook.keys()
    assert [note.split()[0] for note in notes] == [
        'CheckpointHook.save_optimizer=False',
        "CheckpointHook.out_dir='s3://x'",
    ]


def test_mixed_precision_without_a_gpu_is_ours():
    config = {'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic', 'optimizer': {'type': 'SGD'}}
    wrapper, notes = lesson_optim_wrapper(config, CPU)
    assert wrapper == {'type': 'mmlesson.MixedPrecisionOptimWrapper', 'optimizer': {'type': 'SGD'}}
    assert 'needs a GPU' in notes[0]


@pytest.mark.parametrize(
    ('kind', 'device'),
    [(AmpOptimWrapper, torch.device('cuda')), ('mmpretrain.OptimWrapper', CPU)],
)
def test_other_wrappers_and_devices_are_left_alone(kind, device):
    assert lesson_optim_wrapper({'type': kind}, device) == ({'type': kind}, [])


@pytest.mark.parametrize('kind', [{}, {'type': 'OptimWrapper'}, {'type': OptimWrapper}])
def test_plain_wrapper_is_ours(kind):
    wrapper, notes = lesson_optim_wrapper({**kind, 'optimizer': {}, 'clip_grad': {}}, CPU)
    assert wrapper == {'type': LessonOptimWrapper, 'optimizer': {}, 'clip_grad': {}}
    assert notes == []


def test_several_optimizers_are_left_alone():
    assert lesson_optim_wrapper({'one': {}, 'constructor': 'X'}, CPU)[0] == {
        'one': {},
        'constructor': 'X',
    }


def test_config_with_mixed_precision_trains_on_a_cpu(train):
    options = {'train_cfg__max_epochs': 1, 'optim_wrapper__type': 'AmpOptimWrapper'}
    assert train('mlp/mlp_moons.py', **options)['status'] == 'completed'


def test_keys_of_mmengine_give_the_rule_of_each_metric():
    config = {'type': 'CheckpointHook', 'save_best': ['smoothness', 'PQ', 'loss']}
    keys = {'greater_keys': ['smooth'], 'less_keys': 'pq'}
    hook, _ = lesson_checkpoint_hook({**config, **keys}, by_epoch=True)
    assert hook['rule'] == ['greater', 'less', None]
    LessonCheckpointHook(**{key: value for key, value in hook.items() if key != 'type'})
