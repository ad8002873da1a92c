import pytest

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.runner_checks import (
    check_closure,
    check_complete,
    check_environment,
    check_loaders,
    check_schedule_hooks,
)

TRAINING = {
    'model': {'type': 'Classifier'},
    'train_dataloader': {'batch_size': 8},
    'train_cfg': {'max_epochs': 1},
    'optim_wrapper': {'optimizer': {'type': 'Adam'}},
}


def found(check, **config):
    return [(issue.path, issue.message) for issue in check(ConfigTree(config, None))]


def test_complete_training_and_a_model_alone_have_no_finding():
    assert found(check_complete, **TRAINING) == []
    assert found(check_complete, model=TRAINING['model']) == []
    assert found(check_complete, **TRAINING, val_dataloader=None, val_cfg=None) == []


@pytest.mark.parametrize('absent', ['train_dataloader', 'train_cfg', 'optim_wrapper'])
def test_none_among_keys_that_belong_together_is_named(absent):
    ((path, message),) = found(check_complete, **{**TRAINING, absent: None})
    assert path == absent
    assert message.startswith('is not set, but ')
    assert 'Set train_dataloader, train_cfg, optim_wrapper together' in message


def test_evaluator_that_is_left_out_is_named():
    issues = found(check_complete, **TRAINING, test_cfg={}, test_dataloader={'batch_size': 1})
    assert [path for path, _ in issues] == ['test_evaluator']


def test_run_without_model_is_refused():
    config = {key: value for key, value in TRAINING.items() if key != 'model'}
    assert found(check_complete, **config)[0][0] == 'model'


def test_scaled_learning_rate_needs_the_batch_size_that_it_is_for():
    scaling = {'enable': True}
    assert found(check_complete, auto_scale_lr=scaling)[0][0] == 'auto_scale_lr.base_batch_size'
    assert found(check_complete, auto_scale_lr={**scaling, 'base_batch_size': 64}) == []


def test_second_hook_that_moves_the_schedules_is_refused():
    hook = {'type': 'ParamSchedulerHook'}
    ((path, message),) = found(check_schedule_hooks, custom_hooks=[hook])
    assert path == 'custom_hooks.0'
    assert 'would move each schedule twice per step' in message


@pytest.mark.parametrize(
    'config',
    [
        {'default_hooks': {'param_scheduler': {'type': 'ParamSchedulerHook'}}},
        {
            'default_hooks': {'param_scheduler': None},
            'custom_hooks': [{'type': 'ParamSchedulerHook'}],
        },
    ],
)
def test_one_hook_that_moves_the_schedules_is_fine(config):
    assert found(check_schedule_hooks, **config) == []


@pytest.mark.parametrize(('kind', 'count'), [('LBFGS', 1), ('Adam', 0), ('SGD', 0)])
def test_optimizer_that_needs_a_closure_is_refused(kind, count):
    issues = found(check_closure, optim_wrapper={'optimizer': {'type': kind, 'lr': 1.0}})
    assert len(issues) == count
    assert all('evaluates the loss several times' in message for _, message in issues)


@pytest.mark.parametrize(
    ('loader', 'key'),
    [
        ({'dataset': None}, 'dataset'),
        ({'collate_fn': None}, 'collate_fn'),
        ({'batch_size': None}, 'batch_size'),
        ({'prefetch_factor': 2}, 'prefetch_factor'),
        ({'timeout': 3, 'num_workers': 0}, 'timeout'),
    ],
)
def test_contradicting_argument_of_a_loader_is_named(loader, key):
    assert [path for path, _ in found(check_loaders, val_dataloader=loader)] == [
        f'val_dataloader.{key}'
    ]


def test_loader_with_workers_may_wait_for_them():
    loader = {'prefetch_factor': 2, 'timeout': 3, 'num_workers': 1, 'batch_size': 4}
    assert found(check_loaders, train_dataloader=loader) == []


@pytest.mark.parametrize(
    ('part', 'key', 'value', 'message'),
    [
        ('mp_cfg', 'mp_start_method', 'x', "must be 'fork', 'spawn' or 'forkserver', got 'x'."),
        ('mp_cfg', 'opencv_num_threads', 10**30, 'must be an int in [-1, 1024], got 1000'),
        ('mp_cfg', 'start_method', 'fork', "is an unknown key. Did you mean 'mp_start_method'?"),
        ('mp_cfg', 'distributed', True, 'is an unknown key.'),
        ('dist_cfg', 'timeout', -1, 'must be a number of seconds > 0, got -1.'),
        ('dist_cfg', 'backend', 3, 'must be the name of a backend, got 3.'),
    ],
)
def test_wrong_argument_of_the_processes_is_found(part, key, value, message):
    ((path, text),) = found(check_environment, env_cfg={part: {key: value}})
    assert path == f'env_cfg.{part}.{key}'
    assert text.startswith(message)


def test_right_arguments_of_the_processes_pass():
    env = {
        'mp_cfg': {'mp_start_method': 'fork', 'opencv_num_threads': 0},
        'dist_cfg': {'backend': 'nccl', 'timeout': 1800},
    }
    assert found(check_environment, env_cfg=env) == []
