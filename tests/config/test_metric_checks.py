import pytest

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.metric_checks import check_monitors, check_task_metrics

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


def wrong_metrics(model, *types):
    evaluator = [{'type': kind} for kind in types]
    config = {'default_scope': 'mmlesson', 'model': model, 'val_evaluator': evaluator}
    return [(issue.path, issue.message) for issue in check_task_metrics(ConfigTree(config, None))]


DETECTOR = {'type': 'mmlesson.TaskModel', 'head': {'type': 'mmlesson.CenterHead'}}
CLASSIFIER = {'type': 'mmlesson.Classifier', 'head': {'type': 'mmlesson.ClassificationHead'}}


def test_metrics_of_the_task_and_of_no_task_are_fine():
    assert wrong_metrics(DETECTOR, 'mmlesson.BoxAP', 'mmlesson.LossMetric') == []
    others = ('mmpretrain.SingleLabelMetric', 'mmlesson.ProbabilityMetric')
    assert wrong_metrics(CLASSIFIER, 'mmpretrain.Accuracy', *others) == []


@pytest.mark.parametrize(
    ('model', 'metric', 'message'),
    [
        (DETECTOR, 'mmpretrain.Accuracy', 'mmpretrain.Accuracy does not evaluate detection. Use B'),
        (DETECTOR, 'mmlesson.PCK', 'PCK does not evaluate detection. Use BoxAP, LossMetric.'),
        (CLASSIFIER, 'mmlesson.BoxAP', 'BoxAP does not evaluate classification. Use LossMetric, m'),
    ],
)
def test_metric_of_another_task_is_an_issue(model, metric, message):
    ((path, found),) = wrong_metrics(model, metric)
    assert path == 'val_evaluator.0.type'
    assert found.startswith(message)
