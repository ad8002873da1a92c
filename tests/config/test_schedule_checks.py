import pytest

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.schedule_checks import (
    check_finite_sampler,
    check_schedules,
    check_validation_start,
)

ITERATIONS = {'by_epoch': False, 'max_iters': 80}


def found(check, **config):
    return [(issue.path, issue.message) for issue in check(ConfigTree(config, None))]


def test_schedule_in_epochs_never_moves_in_a_loop_of_iterations():
    schedule = {'type': 'MultiStepLR', 'milestones': [2]}
    ((path, message),) = found(check_schedules, train_cfg=ITERATIONS, param_scheduler=schedule)
    assert path == 'param_scheduler.by_epoch'
    assert 'MultiStepLR counts epochs, but training counts iterations' in message


@pytest.mark.parametrize(
    'schedule',
    [
        {'type': 'MultiStepLR', 'milestones': [20], 'by_epoch': False},
        {'type': 'CosineAnnealingLR', 'T_max': 4, 'convert_to_iter_based': True},
        {'type': 'ReduceOnPlateauLR', 'monitor': 'loss'},  # moves at a validation
    ],
)
def test_schedule_that_moves_in_a_loop_of_iterations_is_fine(schedule):
    assert found(check_schedules, train_cfg=ITERATIONS, param_scheduler=schedule) == []


def test_schedule_in_iterations_is_fine_in_a_loop_of_epochs():
    schedule = {'type': 'LinearLR', 'by_epoch': False, 'begin': 0, 'end': 500}
    assert found(check_schedules, train_cfg={'max_epochs': 3}, param_scheduler=schedule) == []


@pytest.mark.parametrize(
    ('schedule', 'key'),
    [({'begin': 3}, 'begin'), ({'begin': 1, 'milestones': [1, 3]}, 'milestones')],
)
def test_what_comes_after_the_last_epoch_is_named(schedule, key):
    config = {
        'train_cfg': {'max_epochs': 3},
        'param_scheduler': {'type': 'MultiStepLR', **schedule},
    }
    assert [path for path, _ in found(check_schedules, **config)] == [f'param_scheduler.{key}']


@pytest.mark.parametrize(('begin', 'count'), [(3, 0), (4, 1)])
def test_validation_begins_before_training_ends(begin, count):
    config = {'train_cfg': {'max_epochs': 3, 'val_begin': begin}, 'val_dataloader': {'x': 1}}
    assert len(found(check_validation_start, **config)) == count


@pytest.mark.parametrize(('runner', 'count'), [('Runner', 1), ('mmlesson.LessonRunner', 0)])
def test_finite_sampler_stops_only_the_loop_of_mmengine(runner, count):
    loader = {'sampler': {'type': 'DefaultSampler'}}
    config = {'runner_type': runner, 'train_cfg': ITERATIONS, 'train_dataloader': loader}
    assert len(found(check_finite_sampler, **config)) == count
