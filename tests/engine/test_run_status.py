from types import SimpleNamespace

import pytest
from mmengine.runner import IterBasedTrainLoop

from mmlesson.engine.hooks import ConvergenceHook, PerceptronHook
from mmlesson.engine.run_status import RunStatus, progress_of, status_of
from mmlesson.errors import UserError


class Lines(list):
    def info(self, text):
        self.append(text)


def make_runner(loop):
    return SimpleNamespace(train_loop=loop, logger=Lines())


def epoch_loop(epoch=0):
    return SimpleNamespace(stop_training=False, epoch=epoch, iter=10 * epoch)


def iteration_loop(iteration):
    loop = IterBasedTrainLoop.__new__(IterBasedTrainLoop)
    loop._iter, loop.stop_training = iteration, False
    return loop


def test_status_of_any_runner_is_made_once_and_kept():
    runner = make_runner(epoch_loop())
    assert status_of(runner) is status_of(runner)
    assert status_of(runner) is runner.status


def test_status_of_replaces_an_attribute_that_is_not_a_run_status():
    runner = make_runner(epoch_loop())
    runner.status = RunStatus(runner, restored_epoch=3)
    assert status_of(runner).restored_epoch == 3


def test_two_runs_share_no_state():
    first, second = (status_of(make_runner(epoch_loop())) for _ in range(2))
    first.facts['a'] = 1
    first.train_metrics['loss'] = 0.5
    assert second.facts == {}
    assert second.train_metrics == {}


def test_request_stop_records_stops_the_loop_and_logs_once():
    runner = make_runner(epoch_loop(epoch=4))
    status_of(runner).request_stop('patience', 'no improvement 3/3', 4)
    assert runner.status.stop == {
        'reason': 'patience',
        'message': 'no improvement 3/3',
        'epoch': 4,
    }
    assert runner.train_loop.stop_training
    assert runner.logger == ['Stopping at epoch 4: no improvement 3/3']


def test_request_stop_counts_iterations_without_epochs():
    runner = make_runner(iteration_loop(7))
    status_of(runner).request_stop('converged', 'done', 7)
    assert runner.logger == ['Stopping at iteration 7: done']


@pytest.mark.parametrize(
    ('loop', 'progress'), [(epoch_loop(3), (3, 'epoch')), (iteration_loop(30), (30, 'iteration'))]
)
def test_progress_of_counts_what_the_loop_counts(loop, progress):
    assert progress_of(make_runner(loop)) == progress


@pytest.mark.parametrize('hook', [ConvergenceHook(), PerceptronHook()])
def test_hook_that_counts_over_epochs_refuses_iteration_based_training(hook):
    name = type(hook).__name__
    with pytest.raises(
        UserError,
        match=rf'{name} counts over whole epochs, so training must be epoch-based, got '
        r'IterBasedTrainLoop\. Set train_cfg=dict\(by_epoch=True',
    ):
        hook.before_train(make_runner(iteration_loop(0)))
