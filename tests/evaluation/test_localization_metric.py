from __future__ import annotations

import pytest
import torch

from mmlesson.errors import ArgumentError, UserError
from mmlesson.evaluation import LocalizationMetric


def image(label, box, true_label=1, true_box=(0, 0, 4, 4)):
    return {
        'pred_instances': {
            'bboxes': torch.tensor([box]).float(),
            'labels': torch.tensor([label]),
            'scores': torch.tensor([0.9]),
        },
        'gt_instances': {
            'bboxes': torch.tensor([true_box]).float(),
            'labels': torch.tensor([true_label]),
        },
    }


IMAGES = [
    image(1, (0, 0, 4, 4)),  # both right
    image(2, (0, 0, 4, 4)),  # class wrong
    image(1, (0, 0, 4, 2)),  # IoU exactly 0.5: right
    image(1, (2, 0, 6, 4)),  # IoU 1/3: wrong
]


def test_three_percentages_by_hand():
    metric = LocalizationMetric()
    metric.process(None, IMAGES)
    found = metric.evaluate(4)
    assert found['localization/accuracy'] == 50
    assert found['localization/class_accuracy'] == 75
    assert found['localization/iou'] == pytest.approx(100 * (1 + 1 + 0.5 + 1 / 3) / 4)


def test_threshold_is_an_argument():
    metric = LocalizationMetric(iou=0.3)
    metric.process(None, IMAGES)
    assert metric.evaluate(4)['localization/accuracy'] == 75
    with pytest.raises(ArgumentError, match='iou'):
        LocalizationMetric(iou=2)


def test_object_with_the_best_score_counts_and_none_is_wrong():
    two = image(2, (0, 0, 1, 1))
    two['pred_instances'] = {
        'bboxes': torch.tensor([[0.0, 0, 1, 1], [0, 0, 4, 4]]),
        'labels': torch.tensor([2, 1]),
        'scores': torch.tensor([0.1, 0.8]),
    }
    none = image(1, (0, 0, 4, 4))
    none['pred_instances'] = {key: rows[:0] for key, rows in none['pred_instances'].items()}
    metric = LocalizationMetric()
    metric.process(None, [two, none])
    assert metric.results == [(True, 1.0), (False, 0.0)]


def test_several_objects_are_refused():
    several = image(1, (0, 0, 4, 4))
    several['gt_instances']['labels'] = torch.tensor([1, 2])
    with pytest.raises(UserError, match=r'one object in each image, got 2. Use BoxAP'):
        LocalizationMetric().process(None, [several])
