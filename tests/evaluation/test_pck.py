from __future__ import annotations

import pytest
import torch

from mmlesson.errors import ArgumentError, UserError
from mmlesson.evaluation import PCK


def image(found, truth, box):
    truth = {'keypoints': torch.tensor([truth]).float(), 'bboxes': torch.tensor([box]).float()}
    found = {'keypoints': torch.tensor([found]).float()}
    return {'pred_instances': found, 'gt_instances': truth}


IMAGES = [
    image([[3, 4], [0, 1.9], [9, 9]], [[0, 0], [0, 0], [9, 9]], (0, 0, 5, 10)),  # 5, 1.9 and 0
    image([[0, 2], [1, 0], [0, 0]], [[0, 0], [0, 0], [0, 0]], (0, 0, 6, 3)),  # 2, 1 and 0 of 6
]


@pytest.mark.parametrize(('thr', 'right'), [(0.2, 4), (0.5, 5), (0.1, 2), (0.51, 6)])
def test_distance_below_a_fraction_of_the_longer_side_is_right(thr, right):
    metric = PCK(thr=thr)
    metric.process(None, IMAGES)
    found = metric.evaluate(2)
    assert found['keypoints/PCK'] == pytest.approx(100 * right / 6)
    assert found['keypoints/distance'] == pytest.approx((5 + 1.9 + 0 + 2 + 1 + 0) / 6)


def test_wrong_shapes_and_thresholds_are_refused():
    with pytest.raises(UserError, match=r'shapes \(1, 1, 2\) predicted and \(1, 2, 2\) true'):
        PCK().process(None, [image([[0, 0]], [[0, 0], [1, 1]], (0, 0, 1, 1))])
    with pytest.raises(ArgumentError, match='thr'):
        PCK(thr=-1)
