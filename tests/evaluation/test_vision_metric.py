from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement, InstanceData

from mmlesson.errors import UserError
from mmlesson.evaluation.vision_metric import VisionMetric, percent


class Widths(VisionMetric):
    default_prefix = 'widths'
    needed = {'pred_instances': ('bboxes',)}

    def measure(self, parts):
        boxes = parts['pred_instances']['bboxes']
        return float((boxes[:, 2] - boxes[:, 0]).sum())

    def summarize(self, results):
        return {'total': sum(results)}


def sample(width):
    return {'pred_instances': {'bboxes': torch.tensor([[1.0, 0, 1 + width, 1]])}}


def test_results_of_all_batches_are_summarized():
    metric = Widths()
    metric.process(None, [sample(2), sample(3)])
    metric.process(None, [sample(5)])
    assert metric.evaluate(3) == {'widths/total': 10}


def test_results_of_openmmlab_are_read_too():
    """Mmengine's evaluator passes the dict of a data sample, whose instances are an object."""
    element = BaseDataElement()
    element.pred_instances = InstanceData(bboxes=torch.tensor([[0.0, 0, 4, 1]]))
    metric = Widths()
    metric.process(None, [element, element.to_dict()])
    assert metric.results == [4, 4]


@pytest.mark.parametrize('result', [{}, {'pred_instances': {'scores': 1}}, {'pred_label': 3}])
def test_result_of_another_task_is_refused(result):
    with pytest.raises(UserError, match='Widths needs results with pred_instances: bboxes; bboxes'):
        Widths().process(None, [result])


def test_no_images_are_refused():
    with pytest.raises(UserError, match='Widths needs at least one image'):
        Widths().compute_metrics([])


def test_percent_is_the_mean_times_100_and_nan_for_nothing():
    assert percent([True, False]) == 50
    assert np.isnan(percent([]))
