import pytest

from mmlesson.engine.hooks.best_checkpoints import BestCheckpoints
from mmlesson.errors import ArgumentError, UserError

ACC = 'accuracy/top1'


def bests(*args):
    return BestCheckpoints('Hook.save_best', *args)


def test_each_metric_has_a_best_epoch_of_its_own():
    best = bests([ACC, 'error'])
    assert best.update({ACC: 50, 'error': 3}, 1) == [ACC, 'error']
    assert best.update({ACC: 60, 'error': 4}, 2) == [ACC]
    assert best.update({ACC: 55, 'error': 2}, 3) == ['error']
    assert {metric: record['epoch'] for metric, record in best.records.items()} == {
        ACC: 2,
        'error': 3,
    }
    assert best.first['checkpoint'] == 'best_accuracy_top1.pth'


def test_automatic_metric_is_the_first_that_is_reported():
    best = bests('auto')
    assert best.first is None
    best.update({'coco/bbox_mAP': 0.2, 'coco/bbox_mAP_50': 0.4}, 1)
    best.update({'coco/bbox_mAP_50': 0.3, 'coco/bbox_mAP': 0.3}, 2)
    assert (best.first['metric'], best.first['epoch']) == ('coco/bbox_mAP', 2)


def test_automatic_metric_is_remembered_over_a_resume():
    best, resumed = bests('auto'), bests('auto')
    best.update({'loss': 0.2, ACC: 40}, 1)
    resumed.load(best.records)
    assert resumed.update({ACC: 90, 'loss': 0.3}, 2) == []
    assert resumed.first['epoch'] == 1


def test_rule_may_be_one_for_all_or_one_for_each():
    best = bests(['x', 'y'], ['less', 'greater'])
    best.update({'x': 1, 'y': 1}, 1)
    assert best.update({'x': 2, 'y': 2}, 2) == ['y']
    best = bests(['x', 'y'], 'less')
    best.update({'x': 1, 'y': 1}, 1)
    assert best.update({'x': 2, 'y': 2}, 2) == []


def test_file_named_in_a_checkpoint_is_not_used():
    best = bests(ACC)
    best.load({ACC: {'value': 1, 'epoch': 1, 'checkpoint': '../../victim'}})
    assert best.first['checkpoint'] == 'best_accuracy_top1.pth'


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ((['loss', 'loss'],), r'must be names that differ'),
        ((['auto', 'loss'],), r"or 'auto' alone"),
        ((['loss', ACC], ['less']), r'one rule for all metrics or one for each'),
        (('smoothness',), r'its name does not show'),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        bests(*arguments)


def test_direction_of_an_automatic_metric_must_be_clear():
    with pytest.raises(UserError, match='its name does not show'):
        bests('auto').update({'smoothness': 1}, 1)
