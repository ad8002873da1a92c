"""What is no contradiction between two parts of a config, though it looks like one."""

from __future__ import annotations

import re

import pytest
from paths import CONFIGS

from mmlesson.config import LoadedConfig
from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.metric_names import reported_metrics

STOP = "custom_hooks = [dict(type='EarlyStoppingHook', monitor={})]\n"


@pytest.fixture
def paths(tmp_path):
    """Return a function that gives the keys of what is found in a changed lesson."""

    def check(text: str, lesson: str = 'mlp/mlp_digits.py') -> list[str]:
        file = tmp_path / 'lesson.py'
        file.write_text(f"_base_ = ['{CONFIGS}/{lesson}']\n{text}")
        return [one.path for one in LoadedConfig.open(file).issues()]

    return check


@pytest.mark.parametrize(
    'text',
    [
        STOP.format("'train/loss'"),
        STOP.format("['loss', 'accuracy/top1']"),
        STOP.format("'accuracy/top1', rule='greater'"),
        "val_evaluator = [dict(type='mmpretrain.MultiLabelMetric')]\n",  # its names are not known
        "val_evaluator = [dict(type='mmpretrain.Accuracy', topk=(1, 5))]\n"
        "default_hooks = dict(checkpoint=dict(save_best='accuracy/top5'))\n",
        'val_evaluator = val_dataloader = val_cfg = None\n',  # save_best waits in vain
        "param_scheduler = dict(_delete_=True, type='MultiStepLR', milestones=[10, 40])\n",
        "param_scheduler = dict(_delete_=True, type='MultiStepLR', by_epoch=False,"
        ' milestones=[500])\n',  # iterations, in a loop of epochs
        'train_cfg = dict(_delete_=True, by_epoch=False, max_iters=100)\n'
        'param_scheduler = None\n',  # our loop passes over a finite sampler
        'train_dataloader = dict(batch_size=2000)\n',  # without drop_last the batch is the split
        'train_dataloader = dict(batch_size=1)\n',  # no batch normalisation in an MLP
    ],
)
def test_sound_combination_has_no_finding(paths, text):
    assert paths(text) == []


@pytest.mark.parametrize(
    ('text', 'path'),
    [
        (STOP.format("'accuracy/top5'"), 'custom_hooks.0.monitor'),
        (STOP.format("['loss', 'accuracy/top5']"), 'custom_hooks.0.monitor'),
        (STOP.format("['loss', 'accuracy/top1'], rule=['less', 'less']"), 'custom_hooks.0.rule'),
        (
            "default_hooks = dict(checkpoint=dict(save_best='train/loss'))\n",
            'default_hooks.checkpoint.save_best',
        ),
        (
            "param_scheduler = dict(_delete_=True, type='ReduceOnPlateauLR', monitor='acc')\n",
            'param_scheduler.monitor',
        ),
        (
            "param_scheduler = [dict(type='LinearLR'), dict(type='LinearLR', begin=40)]\n",
            'param_scheduler.1.begin',
        ),
        ("model = dict(head=dict(_delete_=True, type='BinaryHead'))\n", 'model.head.type'),
        ('model = dict(head=dict(num_classes=11))\n', 'model.head.num_classes'),
        ('model = dict(data_preprocessor=dict(channels=3))\n', 'model.data_preprocessor.channels'),
        ('val_dataloader = dict(dataset=dict(_delete_=True, type="XOR"))\n', None),
    ],
)
def test_contradiction_is_found(paths, text, path):
    assert paths(text) == [path or 'model.head.num_classes']


@pytest.mark.parametrize(
    ('metric', 'names'),
    [
        ({'type': 'LossMetric'}, ['loss']),
        ({'type': 'LossMetric', 'prefix': 'val'}, ['val/loss']),
        ({'type': 'mmpretrain.Accuracy', 'topk': 2}, ['accuracy/top2']),
        (
            {'type': 'mmpretrain.Accuracy', 'thrs': [None, 0.5]},
            ['accuracy/top1_no-thr', 'accuracy/top1_thr-0.50'],
        ),
        (
            {'type': 'mmpretrain.SingleLabelMetric', 'items': ['recall'], 'average': 'micro'},
            ['single-label/recall_micro'],
        ),
        (
            {'type': 'mmpretrain.SingleLabelMetric', 'thrs': [0.1, 0.2], 'items': ['recall']},
            ['single-label/recall_thr-0.10', 'single-label/recall_thr-0.20'],
        ),
        ({'type': 'mmpretrain.SingleLabelMetric', 'average': None}, None),
    ],
)
def test_names_are_those_that_the_metric_itself_reports(metric, names):
    import torch
    from mmengine.registry import init_default_scope

    from mmlesson.registry import METRICS

    init_default_scope('mmlesson')
    built = METRICS.build(dict(metric))
    scores = torch.tensor([[0.9, 0.1], [0.3, 0.7]])
    samples = [
        {'pred_score': score, 'gt_label': torch.tensor([label])}
        for label, score in enumerate(scores)
    ]
    built.process(None, samples)
    told = reported_metrics(ConfigTree({'val_evaluator': metric}, None))
    assert told == list(built.evaluate(2))
    assert names is None or told == names


def warnings(**options):
    loaded = LoadedConfig.open(CONFIGS / 'mlp/mlp_digits.py')  # a cosine over its 40 epochs
    loaded.merge({key.replace('__', '.'): value for key, value in options.items()})
    loaded.require_valid()
    return [str(issue) for issue in loaded.warnings()]


@pytest.mark.parametrize(
    ('options', 'numbers'),
    [
        ({'train_cfg__max_epochs': 60}, 'T_max: is 40: the cosine ends at 40 epochs, .* at 60'),
        ({'train_cfg__max_epochs': 3}, 'T_max: is 40: the cosine ends at 40 epochs, .* at 3'),
        ({'param_scheduler__T_max': 20}, 'T_max: is 20: the cosine ends at 20 epochs, .* at 40'),
    ],
)
def test_option_that_parts_the_cosine_from_the_end_of_training_is_a_warning(options, numbers):
    (warning,) = warnings(**options)
    assert re.search(f'command line: param_scheduler.{numbers}', warning)


def test_cosine_that_ends_with_training_has_no_warning():
    assert warnings() == []
    assert warnings(train_cfg__max_epochs=60, param_scheduler__T_max=60) == []
    assert warnings(randomness__seed=1) == []


def test_cosine_by_iterations_is_not_compared_with_epochs():
    assert warnings(train_cfg__max_epochs=60, param_scheduler__by_epoch=False) == []
