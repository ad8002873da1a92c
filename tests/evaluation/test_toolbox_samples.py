from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.evaluator import BaseMetric
from pycocotools.mask import encode, frPyObjects

from mmlesson.datasets import DigitCanvas
from mmlesson.errors import UserError
from mmlesson.evaluation import PCK
from mmlesson.evaluation import toolbox_samples as module
from mmlesson.evaluation.toolbox_samples import samples_for, toolbox_of
from mmlesson.tasks import INSTANCES, KEYPOINTS, SEGMENTATION

SIZE = (40, 48)


class Metric(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results += data_samples

    def compute_metrics(self, results):
        return {}


def metric_of(package, **meta):
    """Return a metric that is derived from one of a toolbox."""
    base = type('Base', (Metric,), {'__module__': f'{package}.evaluation.metrics'})
    metric = type('Derived', (base,), {})()
    metric.dataset_meta = meta
    return metric


@pytest.fixture(scope='module')
def labels():
    return DigitCanvas('val', num_samples=6).__getitems__(list(range(6)))['labels']


def batch(count=6):
    return {'inputs': torch.zeros(count, 1, *SIZE)}


def test_toolbox_is_that_of_the_class_or_its_base():
    assert [toolbox_of(metric_of(name)) for name in ('mmdet', 'mmpose')] == ['mmdet', 'mmpose']
    assert toolbox_of(PCK()) is None


def test_our_metrics_get_the_same_samples(labels):
    samples = KEYPOINTS.ground_truth(labels)
    assert samples_for(PCK(), samples, batch()) is samples


def test_mmdet_gets_the_size_and_the_number_of_each_image(labels):
    metric = metric_of('mmdet')
    for numbers in ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]):
        samples = samples_for(metric, INSTANCES.ground_truth(labels), batch())
        assert [sample['img_id'] for sample in samples] == numbers
        assert {sample['ori_shape'] for sample in samples} == {SIZE}
        metric.process(None, samples)


def test_numbers_are_those_of_the_dataset_in_each_of_several_processes(monkeypatch, labels):
    monkeypatch.setattr(module, 'get_world_size', lambda: 3)
    monkeypatch.setattr(module, 'get_rank', lambda: 1)
    samples = samples_for(metric_of('mmdet'), INSTANCES.ground_truth(labels), batch())
    assert [sample['img_id'] for sample in samples] == [2, 5, 8, 11, 14, 17]


def test_samples_in_the_form_of_mmdet_are_left_as_they_are():
    samples = [{'img_id': 70, 'ori_shape': (4, 4)}]
    assert samples_for(metric_of('mmdet'), samples, {'data_samples': []}) is samples


def test_mmdet_gets_objects_as_annotations(labels):
    sample = samples_for(metric_of('mmdet'), INSTANCES.ground_truth(labels), batch())[3]
    real = labels['labels'][3] >= 0
    found = sample['instances']
    assert [one['bbox_label'] for one in found] == labels['labels'][3][real].tolist()
    assert [one['bbox'] for one in found] == labels['bboxes'][3][real].tolist()
    assert {one['ignore_flag'] for one in found} == {0}


def test_masks_of_annotations_are_those_of_pycocotools(labels):
    sample = samples_for(metric_of('mmdet'), INSTANCES.ground_truth(labels), batch())[3]
    for number, one in enumerate(sample['instances'], 1):
        mask = np.asfortranarray(labels['instances'][3] == number, np.uint8)
        assert frPyObjects(one['mask'], 48, 48) == encode(mask)


def test_mmdet_without_images_is_refused():
    with pytest.raises(UserError, match=r"Derived needs the batch with 'inputs', got none"):
        samples_for(metric_of('mmdet'), [{}], None)


def test_result_without_ground_truth_gets_no_annotations():
    (sample,) = samples_for(metric_of('mmdet'), [{'pred_instances': {}}], batch(1))
    assert 'instances' not in sample


def test_mmpose_gets_arrays_and_visible_keypoints(labels):
    truth = KEYPOINTS.ground_truth(labels)[2]
    sample = {**truth, 'pred_instances': {'keypoints': torch.ones(1, 5, 2)}}
    (given,) = samples_for(metric_of('mmpose'), [sample], batch(1))
    count = len(truth['gt_instances']['labels'])
    assert given['gt_instances']['keypoints_visible'].tolist() == [[1.0] * 5] * count
    values = [*given['gt_instances'].values(), *given['pred_instances'].values()]
    assert all(isinstance(value, np.ndarray) for value in values)
    assert np.array_equal(given['gt_instances']['bboxes'], truth['gt_instances']['bboxes'])


def test_visibility_that_a_sample_has_is_kept():
    truth = {'keypoints': torch.ones(1, 2, 2), 'keypoints_visible': torch.tensor([[1.0, 0.0]])}
    (given,) = samples_for(metric_of('mmpose'), [{'gt_instances': truth}], batch(1))
    assert given['gt_instances']['keypoints_visible'].tolist() == [[1, 0]]


@pytest.mark.parametrize('names', [('cat', 'dog'), ('background', 'cat', 'dog')])
def test_mmseg_gets_the_name_of_the_background(labels, names):
    metric = metric_of('mmseg', classes=names, split='val')
    samples = SEGMENTATION.ground_truth(labels)
    for _ in range(2):
        assert samples_for(metric, samples, batch()) == samples
        assert metric.dataset_meta == {'classes': ('background', 'cat', 'dog'), 'split': 'val'}
