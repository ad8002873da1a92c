from types import SimpleNamespace

import pytest

from mmlesson.engine.hooks import ConvergenceHook
from mmlesson.engine.run_status import status_of
from mmlesson.errors import UserError


def make_runner(epoch=0, **metrics):
    runner = SimpleNamespace(
        epoch=epoch,
        train_loop=SimpleNamespace(stop_training=False, epoch=epoch),
        logger=SimpleNamespace(info=lambda text: None),
    )
    status_of(runner).train_metrics = metrics
    return runner


def test_epoch_without_mistakes_stops_training():
    runner = make_runner(epoch=6, mistakes=0)
    ConvergenceHook().after_train_epoch(runner)
    assert runner.train_loop.stop_training
    assert runner.status.stop == {
        'reason': 'converged',
        'message': 'no mistakes in epoch 7: converged',
        'epoch': 7,
    }


def test_single_mistake_continues_training():
    runner = make_runner(mistakes=1)
    ConvergenceHook().after_train_epoch(runner)
    assert not runner.train_loop.stop_training
    assert runner.status.stop is None


def test_missing_metric_is_reported():
    with pytest.raises(
        UserError,
        match=r"ConvergenceHook.monitor 'mistake' was not reported; the "
        r"training reports: 'mistakes'. Did you mean 'mistakes'\?",
    ):
        ConvergenceHook('mistake').after_train_epoch(make_runner(mistakes=0))
