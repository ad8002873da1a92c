from __future__ import annotations

import pytest
import torch
from torchmetrics.classification import MulticlassJaccardIndex

from mmlesson.errors import UserError
from mmlesson.evaluation import MeanIoU


def image(found, truth):
    return {'pred_sem_seg': {'data': found[None]}, 'gt_sem_seg': {'data': truth[None]}}


def evaluate(images):
    metric = MeanIoU()
    metric.process(None, images)
    return metric.evaluate(len(images))


def test_two_percentages_by_hand():
    found, truth = torch.tensor([[0, 0, 1, 1]]), torch.tensor([[0, 1, 1, 3]])
    values = evaluate([image(found, truth)])
    assert values['segmentation/aAcc'] == 50
    assert values['segmentation/mIoU'] == pytest.approx(100 * (1 / 2 + 1 / 3 + 0) / 3)


def test_same_as_torchmetrics_on_random_maps():
    generator = torch.Generator().manual_seed(0)
    truth = torch.randint(0, 7, (5, 12, 9), generator=generator)
    truth[truth == 4] = 0  # a class that is nowhere
    noise = torch.rand(truth.shape, generator=generator) < 0.4
    found = torch.where(noise, truth.roll(1, 0), truth)
    expected = MulticlassJaccardIndex(7, average='macro')(found, truth)
    images = [image(*pair) for pair in zip(found, truth, strict=True)]
    assert evaluate(images)['segmentation/mIoU'] == pytest.approx(100 * float(expected), abs=1e-4)


def test_background_everywhere_has_few_wrong_pixels_and_a_low_mean():
    truth = torch.zeros(10, 10, dtype=torch.int64)
    truth[:2, :2] = 1
    values = evaluate([image(torch.zeros_like(truth), truth)])
    assert values['segmentation/aAcc'] == 96
    assert values['segmentation/mIoU'] == pytest.approx(48)


def test_maps_of_different_size_are_refused():
    with pytest.raises(UserError, match=r'one size, got \(2, 2\) predicted and \(4, 4\) true'):
        evaluate([image(torch.zeros(2, 2).long(), torch.zeros(4, 4).long())])
