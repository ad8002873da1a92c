from types import SimpleNamespace

import pytest

from mmlesson.engine.hooks import OverfitHook
from mmlesson.engine.run_status import status_of
from mmlesson.errors import ArgumentError


def make_runner():
    return SimpleNamespace(
        iter=10,
        epoch=5,
        train_loop=SimpleNamespace(stop_training=False, epoch=5),
        val_loop=SimpleNamespace(run=lambda: None),
        logger=SimpleNamespace(info=lambda text: None),
    )


@pytest.mark.parametrize(
    ('metrics', 'learned'),
    [
        ({'loss': 0.05, 'accuracy/top1': 100.0}, True),
        ({'loss': 0.06, 'accuracy/top1': 100.0}, False),
        ({'loss': 0.01, 'accuracy/top1': 99.9}, False),
        ({'loss': 0.01}, True),
        ({'accuracy/top1': 100.0}, True),
        ({}, False),
    ],
)
def test_batches_are_learned_by_loss_and_accuracy(metrics, learned):
    runner = make_runner()
    OverfitHook(2).after_val_epoch(runner, metrics)
    assert status_of(runner).facts['overfit']['learned'] is learned
    assert runner.train_loop.stop_training is learned


def test_end_between_two_validations_is_validated():
    runner, ran = make_runner(), []
    runner.val_loop.run = lambda: ran.append(1)
    hook = OverfitHook(1)
    hook.after_val_epoch(runner, {})
    hook.after_train(runner)
    assert ran == []
    runner.iter += 1
    hook.after_train(runner)
    assert ran == [1]


def test_no_batch_is_refused():
    with pytest.raises(ArgumentError, match=r'OverfitHook\.batches must be an int >= 1, got 0'):
        OverfitHook(0)
