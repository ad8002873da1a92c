import pytest

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.metric_checks import check_monitors

EVALUATOR = [{'type': 'mmpretrain.Accuracy'}, {'type': 'mmlesson.LossMetric'}]
OURS = 'mmlesson.EarlyStoppingHook'


def found(evaluator=EVALUATOR, **hook):
    config = {'val_evaluator': evaluator, 'custom_hooks': [hook], 'model': {'type': 'Classifier'}}
    return [(issue.path, issue.message) for issue in check_monitors(ConfigTree(config, None))]


@pytest.mark.parametrize('monitor', ['accuracy/top1', 'loss', ['loss', 'accuracy/top1']])
def test_reported_monitor_is_fine(monitor):
    assert found(type=OURS, monitor=monitor) == []


def test_misspelt_monitor_is_named_with_the_nearest():
    assert found(type=OURS, monitor='acuracy/top1', rule='greater') == [
        (
            'custom_hooks.0.monitor',
            "EarlyStoppingHook.monitor 'acuracy/top1' is not reported; the validation reports: "
            "'accuracy/top1', 'loss'. Did you mean 'accuracy/top1'?",
        )
    ]


def test_training_metric_is_available_to_our_hook_only():
    assert found(type=OURS, monitor='train/loss') == []
    assert len(found(type='mmengine.EarlyStoppingHook', monitor='train/loss')) == 1


def test_rule_against_the_direction_is_an_issue():
    ((path, message),) = found(type=OURS, monitor='loss', rule='greater')
    assert path == 'custom_hooks.0.rule'
    assert "of 'loss' less is better" in message


def test_name_without_a_direction_needs_a_rule():
    evaluator = [{'type': 'mmpretrain.VOCMultiLabelMetric'}]
    assert len(found(evaluator, type=OURS, monitor='smoothness')) == 1
    assert found(evaluator, type=OURS, monitor='smoothness', rule='less') == []


def test_checkpoint_hook_is_checked_by_its_own_key():
    ((path, _),) = found(type='LessonCheckpointHook', save_best='accuracy/top2')
    assert path == 'custom_hooks.0.save_best'
