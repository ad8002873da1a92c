"""Names of metrics, against what the metrics really report."""

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.metric_names import listed, reported_metrics
from mmlesson.registry import METRICS


def samples(count=20, classes=3):
    scores = np.random.default_rng(0).dirichlet(np.ones(classes), count)
    return [
        {
            'pred_score': torch.tensor(score),
            'pred_label': torch.tensor([int(score.argmax())]),
            'gt_label': torch.tensor([place % classes]),
        }
        for place, score in enumerate(scores)
    ]


def really_reported(config):
    evaluator = Evaluator([METRICS.build(dict(config))])
    evaluator.process([BaseDataElement(**sample) for sample in samples()])
    return sorted(evaluator.evaluate(20))


@pytest.mark.parametrize(
    'config',
    [
        {'type': 'mmlesson.LossMetric'},
        {'type': 'mmpretrain.Accuracy'},
        {'type': 'mmpretrain.Accuracy', 'topk': (1, 2)},
        {'type': 'mmpretrain.Accuracy', 'thrs': (0.1, None)},
        {'type': 'mmpretrain.SingleLabelMetric'},
        {'type': 'mmpretrain.SingleLabelMetric', 'items': ['precision'], 'average': None},
        {'type': 'mmpretrain.SingleLabelMetric', 'average': 'micro', 'thrs': (0.2, 0.4)},
    ],
)
def test_names_are_those_that_the_metric_reports(config):
    names = reported_metrics(ConfigTree({'val_evaluator': [config]}, None))
    assert sorted(names) == really_reported(config)


@pytest.mark.parametrize('iou_type', ['bbox', 'segm'])
def test_names_of_average_precision_depend_on_the_kind_of_overlap(iou_type):
    objects = {'bboxes': np.zeros((1, 4)), 'labels': np.zeros(1), 'scores': np.zeros(1)}
    objects['masks'] = np.ones((1, 2, 2), bool)
    config = {'type': 'mmlesson.BoxAP', 'iou_type': iou_type}
    evaluator = Evaluator([METRICS.build(dict(config))])
    evaluator.process([{'pred_instances': objects, 'gt_instances': objects}])
    names = reported_metrics(ConfigTree({'val_evaluator': [config]}, None))
    assert sorted(names) == sorted(evaluator.evaluate(1))


def test_prefix_of_the_config_wins():
    config = {'type': 'mmpretrain.Accuracy', 'prefix': 'mine'}
    assert reported_metrics(ConfigTree({'val_evaluator': config}, None)) == ['mine/top1']


def test_metric_that_is_not_known_makes_the_names_unknown():
    metrics = [{'type': 'mmlesson.LossMetric'}, {'type': 'mmpretrain.VOCMultiLabelMetric'}]
    assert reported_metrics(ConfigTree({'val_evaluator': metrics}, None)) is None


def test_value_that_is_no_list_becomes_one():
    assert listed((1, 2)) == [1, 2]
    assert listed('a') == ['a']
