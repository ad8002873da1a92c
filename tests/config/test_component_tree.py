from mmengine.config import Config

from mmlesson.config.component_tree import CachedTree, ConfigTree
from mmlesson.models import MLP


def tree_of(**config):
    return ConfigTree(config, None)


def issues(tree):
    return [(issue.path, issue.message) for issue in tree.issues]


def test_dicts_that_are_built_are_found_with_their_class():
    tree = tree_of(model={'type': 'Classifier', 'backbone': {'type': 'MLP', 'in_features': 2}})
    backbone = tree.components['model.backbone']
    assert backbone.target is MLP
    assert backbone.parent is tree.components['model']
    assert (backbone.name, backbone.package) == ('MLP', 'mmlesson')


def test_entries_of_a_list_are_numbered():
    hooks = [{'type': 'EarlyStoppingHook', 'monitor': 'loss'}, {'type': 'EMAHook'}]
    tree = tree_of(custom_hooks=hooks)
    assert [node.path for node in tree.below('custom_hooks')] == [
        'custom_hooks.0',
        'custom_hooks.1',
    ]


def test_type_that_is_not_registered_is_an_issue():
    ((path, message),) = issues(tree_of(model={'type': 'Clasifier'}))
    assert path == 'model.type'
    assert "Did you mean 'Classifier'" in message


def test_dict_without_a_type_is_an_issue():
    assert issues(tree_of(default_hooks={'logger': {'interval': 3}})) == [
        ('default_hooks.logger', "must have a type, as in dict(type='Name').")
    ]


def test_list_instead_of_dict_and_dict_instead_of_list_are_issues():
    assert issues(tree_of(model=[]))[0][1].startswith('must be a dict')
    assert issues(tree_of(custom_hooks={'type': 'EMAHook'}))[0][1].startswith('must be a list of')


def test_evaluator_is_a_metric_or_several_or_a_dict_of_metrics():
    metric = {'type': 'mmlesson.LossMetric'}
    for evaluator in (metric, [metric], {'type': 'Evaluator', 'metrics': [metric]}):
        nodes = tree_of(val_evaluator=evaluator).below('val_evaluator')
        assert [node.name for node in nodes] == ['LossMetric']


def test_names_are_looked_up_in_the_default_scope():
    other = tree_of(default_scope='mmengine', model={'type': 'MLP'})
    assert issues(other)[0][0] == 'model.type'
    assert issues(tree_of(default_scope='mmengine', model={'type': 'mmlesson.MLP'})) == []


def test_other_runner_keeps_the_loops_of_mmengine():
    loop = {'by_epoch': True, 'max_epochs': 1}
    ours, theirs = tree_of(train_cfg=loop), tree_of(train_cfg=loop, runner_type='Runner')
    assert ours.is_our_runner
    assert not theirs.is_our_runner
    names = [tree.components['train_cfg'].name for tree in (ours, theirs)]
    assert names == ['LessonEpochLoop', 'EpochBasedTrainLoop']


def test_live_tree_is_walked_again_after_a_change():
    config = Config({'model': {'type': 'MLP', 'in_features': 2}})
    cache = CachedTree(config)
    first = cache.tree
    assert cache.tree is first
    config.model.type = 'CNN'
    cache.invalidate()
    assert cache.tree.components['model'].name == 'CNN'
