from __future__ import annotations

import importlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmlesson.datasets import DigitCanvas
from mmlesson.registry import METRICS
from mmlesson.tasks import (
    CLASSIFICATION,
    DETECTION,
    INSTANCES,
    KEYPOINTS,
    SEGMENTATION,
    TASKS,
    class_indices,
    confident,
    exported_results,
    flat_result,
    map_labels,
    result_of,
    run_lengths,
    task_of,
)
from mmlesson.utils.metric_direction import direction
from mmlesson.visualization.figures.names import FIGURE_NAMES


@pytest.fixture(scope='module')
def labels():
    return DigitCanvas('val', num_samples=6).__getitems__(list(range(6)))['labels']


def test_task_of_a_model_is_that_of_its_head_also_in_a_wrapper():
    model = SimpleNamespace(head=SimpleNamespace(task=DETECTION))
    assert task_of(model) is DETECTION
    assert task_of(SimpleNamespace(module=model)) is DETECTION


def test_model_without_a_task_is_a_classifier():
    assert task_of(SimpleNamespace(head=None)) is CLASSIFICATION
    assert task_of(SimpleNamespace()) is CLASSIFICATION
    assert [task for task in TASKS if task.has_classes] == [CLASSIFICATION]


@pytest.mark.parametrize('task', TASKS, ids=lambda task: task.name)
def test_parts_of_a_task_exist_and_its_monitor_has_a_direction(task):
    assert direction(task.monitor) == 'greater'
    assert set(task.figures) <= set(FIGURE_NAMES)
    importlib.import_module('mmpretrain.evaluation')
    assert all(METRICS.get(metric['type']) for metric in task.metrics)


def test_ground_truth_of_classes():
    truth = CLASSIFICATION.ground_truth(torch.tensor([3, 1]))
    assert [sample['gt_label'].tolist() for sample in truth] == [[3], [1]]


def test_ground_truth_of_objects_has_no_padding(labels):
    for index, truth in enumerate(KEYPOINTS.ground_truth(labels)):
        count = int((labels['labels'][index] >= 0).sum())
        objects = truth['gt_instances']
        assert {name: len(rows) for name, rows in objects.items()} == {
            'bboxes': count,
            'labels': count,
            'keypoints': count,
        }
        assert torch.equal(objects['bboxes'], labels['bboxes'][index, :count])
        assert 'gt_sem_seg' not in truth


def test_ground_truth_of_instances_has_a_mask_for_each(labels):
    for index, truth in enumerate(INSTANCES.ground_truth(labels)):
        objects = truth['gt_instances']
        assert objects.keys() == {'bboxes', 'labels', 'masks'}
        assert len(objects['masks']) == len(objects['labels'])
        classes = labels['sem_seg'][index].long()
        for label, mask in zip(objects['labels'], objects['masks'], strict=True):
            assert mask.any()
            assert bool((classes[mask] == label + 1).all())
        assert torch.equal(objects['masks'].sum(0) > 0, classes > 0)


def test_ground_truth_of_pixels_is_a_map_as_in_mmseg(labels):
    truth = SEGMENTATION.ground_truth({'sem_seg': labels['sem_seg']})
    assert [set(sample) for sample in truth] == [{'gt_sem_seg'}] * 6
    assert truth[2]['gt_sem_seg']['data'].shape == (1, 48, 48)
    assert torch.equal(truth[2]['gt_sem_seg']['data'][0], labels['sem_seg'][2].long())


def test_function_is_applied_to_a_tensor_or_to_each_of_a_dict():
    assert map_labels(len, torch.zeros(3)) == 3
    assert map_labels(len, {'a': torch.zeros(3), 'b': torch.zeros(2, 5)}) == {'a': 3, 'b': 2}


def test_class_indices_of_samples_and_of_objects():
    assert class_indices(torch.tensor([4, 2])).tolist() == [4, 2]
    padded = {'labels': torch.tensor([[1, -1], [0, 7]])}
    assert class_indices(padded).tolist() == [1, 0, 7]


def test_flat_result_has_the_entries_of_objects_and_pixels_as_arrays():
    result = {
        'gt_instances': {'labels': torch.tensor([3])},
        'gt_sem_seg': {'data': torch.ones(1, 2, 4)},
    }
    flat = flat_result(result, 'gt')
    assert flat['labels'].tolist() == [3]
    assert flat['sem_seg'].shape == (2, 4)
    assert flat_result(result) == {}


FOUND = {'scores': np.array([0.9, 0.3, 0.29, 0]), 'labels': np.array([1, 2, 3, 4])}


def test_rows_without_an_object_are_left_out():
    assert result_of(FOUND)['pred_instances']['labels'].tolist() == [1, 2, 3]
    pixels = np.zeros((2, 3))
    assert result_of({'sem_seg': pixels})['pred_sem_seg']['data'].shape == (1, 2, 3)


def test_uncertain_objects_are_left_out():
    assert confident(FOUND)['labels'].tolist() == [1, 2]
    assert confident({'sem_seg': np.zeros((2, 2))}).keys() == {'sem_seg'}


def test_exported_outputs_are_results_of_each_image():
    outputs = tuple(np.stack([rows, rows[::-1]]) for rows in FOUND.values())
    first, second = exported_results(('scores', 'labels'), outputs)
    assert first['labels'].tolist() == [1, 2, 3]
    assert second['labels'].tolist() == [3, 2, 1]
    (only,) = exported_results(('sem_seg',), np.ones((1, 2, 3)))
    assert only['sem_seg'].shape == (2, 3)


def test_runs_begin_with_the_background():
    assert run_lengths(np.array([[1, 0], [1, 1]], bool))['counts'] == [0, 2, 1, 1]
    assert run_lengths(np.array([[0, 0], [1, 0]], bool))['counts'] == [1, 1, 2]
