import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from torch import nn
from torch.utils.data import DataLoader

from mmlesson.engine import LessonEpochLoop, LessonIterLoop, LessonRunner
from mmlesson.engine.log_processor import LessonLogProcessor
from mmlesson.engine.runner_building import check_last_batch_size, toolbox_of
from mmlesson.errors import UserError
from mmlesson.models import Classifier

XOR = 'mlp/mlp_xor.py'


@pytest.mark.parametrize(
    ('train_cfg', 'kind'),
    [
        ({'by_epoch': True, 'max_epochs': 2}, LessonEpochLoop),
        ({'type': 'EpochBasedTrainLoop', 'max_epochs': 2}, LessonEpochLoop),
        ({'by_epoch': False, 'max_iters': 2}, LessonIterLoop),
        ({'type': 'IterBasedTrainLoop', 'max_iters': 2}, LessonIterLoop),
    ],
)
def test_loops_of_mmengine_become_ours(build, train_cfg, kind):
    runner = build(XOR, train_cfg={'_delete_': True, **train_cfg}, param_scheduler=None)
    assert type(runner.build_train_loop(runner._train_loop)) is kind


def test_counters_do_not_build_the_training_loop(build):
    runner = build(XOR)
    assert (runner.epoch, runner.iter) == (0, 0)
    assert isinstance(runner._train_loop, dict)


def test_loader_has_our_collate_function_unless_it_sets_its_own(build):
    runner = build(XOR)
    options = {**runner.cfg.train_dataloader, 'batch_size': 4}
    batch = next(iter(runner.build_dataloader(options, seed=0)))
    assert batch['inputs'].shape == (4, 2)
    assert batch['labels'].dtype == torch.int64
    own = {**options, 'collate_fn': {'type': 'pseudo_collate'}}
    assert runner.build_dataloader(own, seed=0).collate_fn.func.__name__ == 'pseudo_collate'


def test_built_loader_is_returned_unchanged():
    loader = DataLoader([1, 2])
    assert LessonRunner.build_dataloader(loader) is loader


def test_same_seed_gives_the_same_order(build):
    runner = build(XOR)
    orders = [
        np.concatenate([batch['inputs'].numpy() for batch in loader])
        for loader in (
            runner.build_dataloader(runner.cfg.train_dataloader, seed=seed) for seed in (0, 0, 1)
        )
    ]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])


def test_model_without_a_wrapper_is_the_bare_model(build):
    runner = build(XOR)
    assert runner.bare_model is runner.model
    assert not runner.is_replica


def test_metrics_of_several_processes_are_gathered(build):
    evaluator = build(XOR).build_evaluator([{'type': 'mmlesson.LossMetric'}])
    assert [metric.collect_device for metric in evaluator.metrics] == ['gpu']


def test_status_belongs_to_one_runner(build):
    first, second = build(XOR, 'a'), build(XOR, 'b')
    assert first.status is first.status
    assert first.status is not second.status


@pytest.mark.parametrize(
    ('package', 'expected'),
    [
        ('mmlesson.models', 'lesson_collate'),
        ('mmpretrain.models', 'default_collate'),
        ('mmdet.models', 'pseudo_collate'),
        ('users.own', 'lesson_collate'),  # derived from mmengine alone: the default scope decides
    ],
)
def test_collate_function_follows_the_package_of_the_model(build, monkeypatch, package, expected):
    for toolbox in ('mmpretrain', 'mmdet'):
        monkeypatch.setitem(MODELS.children, toolbox, MODELS.children.get(toolbox, object()))
    kind = type('Model', (BaseModel,), {'__module__': package, 'forward': lambda self: None})
    runner = build(XOR)
    for name in ('_train_dataloader', '_val_dataloader'):
        getattr(runner, name).pop('collate_fn')
    runner.build_model(kind())
    assert runner._train_dataloader['collate_fn']['type'].rpartition('.')[2] == expected
    assert runner._val_dataloader['collate_fn']['type'].rpartition('.')[2] == expected


def test_model_of_a_user_follows_the_class_that_it_extends(build):
    kind = type('Model', (Classifier,), {'__module__': 'users.own'})
    assert toolbox_of(kind.__new__(kind)) == 'mmlesson'


def test_last_batch_of_one_is_refused_before_the_first_epoch():
    normalised = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    with pytest.raises(UserError, match=r'9 samples in batches of 4 leave a last batch of one'):
        check_last_batch_size(DataLoader(range(9), 4), normalised)
    check_last_batch_size(DataLoader(range(9), 4, drop_last=True), normalised)
    check_last_batch_size(DataLoader(range(10), 4), normalised)
    check_last_batch_size(DataLoader(range(9), 4), nn.Linear(2, 3))


def test_log_processor_of_a_config_of_another_package_is_ours(build):
    options = {'type': 'LogProcessor', 'window_size': 7, '_scope_': 'mmpretrain'}
    built = build(XOR).build_log_processor(options)
    assert (type(built), built.window_size) == (LessonLogProcessor, 7)


def threads_of(runner, monkeypatch, *loops):
    """Return the arguments of `set_threads` when loops are built."""
    calls = []

    def note(work, wanted):
        calls.append((work, wanted))
        return 1, 'a reason'

    monkeypatch.setattr('mmlesson.engine.runner_building.set_threads', note)
    for name in loops:
        built = getattr(runner, f'build_{name}_loop')(getattr(runner, f'_{name}_loop'))
        setattr(runner, f'_{name}_loop', built)
    return calls


def test_threads_are_chosen_by_the_training_step(build, monkeypatch):
    runner = build(XOR)
    weights = sum(weight.numel() for weight in runner.model.parameters() if weight.ndim == 2)
    expected = [(weights * runner.cfg.train_dataloader.batch_size, None)]
    assert threads_of(runner, monkeypatch, 'train', 'val', 'test') == expected


def test_threads_of_a_test_are_chosen_by_its_own_batches(build, monkeypatch):
    runner = build(XOR)
    weights = sum(weight.numel() for weight in runner.model.parameters() if weight.ndim == 2)
    expected = [(weights * runner.cfg.test_dataloader.batch_size, None)]
    assert threads_of(runner, monkeypatch, 'test') == expected


def test_threads_of_the_config_are_passed_on(build, monkeypatch):
    runner = build(XOR, env_cfg={'cpu_threads': 3})
    assert threads_of(runner, monkeypatch, 'train')[0][1] == 3
