"""The order of an epoch, and what the loops count; a scripted hook notes each stage."""

from collections import Counter
from types import SimpleNamespace

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook

from mmlesson.engine import LessonEpochLoop, LessonIterLoop
from mmlesson.engine.distributed.batch_shards import Shard
from mmlesson.engine.hooks import OverfitHook
from mmlesson.engine.train_metrics import NonFiniteLossError

XOR = 'mlp/mlp_xor.py'
ITERATIONS = {'_delete_': True, 'by_epoch': False, 'max_iters': 7, 'val_interval': 3}


class Stages(Hook):
    """Notes the stages in the order in which they come."""

    priority = 'LOWEST'

    def __init__(self, stop_at=None):
        self.seen, self.iterations, self.stop_at = [], Counter(), stop_at

    def before_train_epoch(self, runner):
        self.seen.append('train')

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.iterations[runner.epoch] += 1

    def at_train_metrics(self, runner):
        self.seen.append('metrics')
        assert runner.status.train_metrics['loss'] > 0

    def after_val_epoch(self, runner, metrics=None):
        self.seen.append('validate')
        if runner.epoch == self.stop_at:
            runner.status.request_stop('converged', 'enough', runner.epoch)

    def at_safe_point(self, runner):
        self.seen.append('save')

    def after_train(self, runner):
        self.seen.append('end')


class Learned(BaseMetric):
    """Reports what `OverfitHook` waits for."""

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return {'loss': 0.0, 'accuracy/top1': 100.0}


class Spoil(Hook):
    """Makes the weights NaN after an iteration."""

    def __init__(self, at):
        self.at = at

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter == self.at:
            for parameter in runner.model.parameters():
                parameter.data.fill_(float('nan'))


@pytest.fixture
def watched(build):
    """Return a function that trains a lesson with a `Stages` hook; give runner and hook."""

    def train(stop_at=None, **options):
        runner = build(XOR, **options)
        hook = Stages(stop_at)
        runner.register_hook(hook, 'LOWEST')
        runner.train()
        return runner, hook

    return train


def test_epoch_trains_validates_decides_and_saves(watched):
    _, hook = watched(train_cfg__max_epochs=2)
    assert hook.seen == ['train', 'metrics', 'validate', 'save'] * 2 + ['end']


def test_each_batch_of_an_epoch_is_trained_on_once(watched):
    runner, hook = watched(train_cfg__max_epochs=2, train_dataloader__batch_size=32)
    batches = len(runner.train_dataloader)
    assert hook.iterations == {0: batches, 1: batches}
    assert (runner.epoch, runner.iter) == (2, 2 * batches)
    assert runner.train_loop.samples_seen == 2 * len(runner.train_dataloader.dataset)
    assert isinstance(runner.train_loop, LessonEpochLoop)


def test_validation_comes_at_its_interval_and_after_the_last_epoch(watched):
    _, hook = watched(train_cfg__max_epochs=5, train_cfg__val_interval=2)
    with_validation = [
        epoch for epoch, stage in enumerate(_per_epoch(hook.seen), 1) if 'validate' in stage
    ]
    assert with_validation == [2, 4, 5]


def test_validation_starts_at_val_begin(watched):
    _, hook = watched(train_cfg__max_epochs=4, train_cfg__val_begin=3)
    assert ['validate' in stage for stage in _per_epoch(hook.seen)] == [False, False, True, True]


def test_stop_ends_after_the_epoch_and_its_save(watched):
    runner, hook = watched(stop_at=2, train_cfg__max_epochs=9)
    assert runner.epoch == 2
    assert hook.seen[-3:] == ['validate', 'save', 'end']


def test_iterations_continue_over_the_passes_of_a_loader(watched):
    runner, hook = watched(train_cfg=ITERATIONS, param_scheduler=None)
    assert (runner.epoch, runner.iter) == (0, 7)
    assert sum(hook.iterations.values()) == 7
    assert hook.seen.count('validate') == 3  # at 3, at 6 and at the end
    assert isinstance(runner.train_loop, LessonIterLoop)


def test_overfit_hook_stops_at_the_iteration_it_has_reached(build):
    runner = build(XOR, train_cfg={**ITERATIONS, 'max_iters': 90}, param_scheduler=None)
    runner.register_hook(OverfitHook(1))
    runner.val_evaluator.metrics[:] = [Learned()]
    runner.train()
    assert runner.status.facts['overfit']['learned']
    assert runner.status.stop['epoch'] == runner.iter == 3


def test_loss_that_is_nan_stops_at_its_iteration(build):
    runner = build(XOR, train_cfg=ITERATIONS, param_scheduler=None)
    runner.register_hook(Spoil(at=1))
    with pytest.raises(NonFiniteLossError, match=r'epoch 1, iteration 3'):
        runner.train()
    assert runner.status.stop['epoch'] == 3  # the step after the one that the weights broke in


def test_state_of_a_loop_is_plain_and_restores_its_counters(watched):
    runner, _ = watched(train_cfg__max_epochs=2)
    state = runner.train_loop.state_dict()
    assert (state['epoch'], state['batch_idx']) == (2, 0)
    runner.train_loop.load_state_dict({**state, 'epoch': 1, 'iter': 3})
    assert (runner.epoch, runner.iter) == (1, 3)


def test_position_in_a_pass_is_converted_to_another_batch_size(build):
    runner = build(XOR, train_dataloader__batch_size=20)
    loop = runner.build_train_loop(runner._train_loop)
    assert loop._place_of({'batch_size': 20, 'batch_idx': 3}) == 3
    assert loop._place_of({'batch_size': 40, 'batch_idx': 3}) == 6
    assert loop._place_of({'batch_size': 10, 'batch_idx': 3}) == 1  # 10 of 30 samples again


def _per_epoch(seen):
    """Return the stages of each epoch."""
    epochs = []
    for stage in seen:
        if stage == 'train':
            epochs.append([])
        epochs[-1].append(stage)
    return epochs


@pytest.mark.parametrize('labels', [torch.arange(4), {'bboxes': torch.zeros(4, 2, 4)}])
def test_repeated_samples_are_left_out_of_each_part_of_the_labels(labels):
    loop = SimpleNamespace(
        runner=SimpleNamespace(model=SimpleNamespace()),
        batch_idx=0,
        _sharding=SimpleNamespace(of=lambda batch_idx, size: Shard(3, 7, 6 / 7)),
    )
    batch, _ = LessonEpochLoop._take_shard(loop, {'inputs': torch.zeros(4, 1), 'labels': labels})
    assert len(batch['inputs']) == 3
    kept = batch['labels']
    assert len(kept['bboxes'] if isinstance(labels, dict) else kept) == 3
