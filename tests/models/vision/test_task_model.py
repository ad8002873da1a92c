from __future__ import annotations

import pytest
import torch

from mmlesson.datasets import DigitCanvas
from mmlesson.errors import ArgumentError
from mmlesson.evaluation import PCK, BoxAP, LocalizationMetric, MeanIoU
from mmlesson.models import TaskModel
from mmlesson.tasks import task_of

BACKBONE = {'type': 'mmlesson.FeatureMaps', 'channels': (4, 8, 8)}
HEADS = {
    'BoxHead': ({'num_classes': 10}, LocalizationMetric),
    'PixelHead': ({'num_classes': 10}, MeanIoU),
    'HeatmapHead': ({'num_keypoints': 5}, PCK),
    'CenterHead': ({'num_classes': 10}, BoxAP),
}


@pytest.fixture(scope='module')
def batch():
    return DigitCanvas('train', num_samples=6, digits=(1, 1)).__getitems__(list(range(6)))


@pytest.fixture(params=HEADS)
def name(request):
    torch.manual_seed(0)
    return request.param


def build(name):
    return TaskModel(BACKBONE, {'type': f'mmlesson.{name}', **HEADS[name][0]})


def test_losses_are_means_of_the_images_and_have_gradients(name, batch):
    model = build(name)
    loss, logged = model.parse_losses(model(**batch, mode='loss'))
    loss.backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters())
    values = {key: value.item() for key, value in logged.items()}
    assert values.pop('loss') == pytest.approx(sum(values.values()), rel=1e-5)


def test_predictions_have_truth_and_loss_and_suit_the_metric_of_the_task(name, batch):
    model = build(name).eval()
    with torch.no_grad():
        results = model(**batch, mode='predict')
        losses = model(**batch, mode='loss')
    assert len(results) == 6
    total = sum(float(value) for value in losses.values())
    assert float(sum(result['loss'] for result in results)) / 6 == pytest.approx(total, rel=1e-5)
    metric = HEADS[name][1]()
    metric.process(None, results)
    values = metric.evaluate(6)
    assert task_of(model).monitor in values
    assert {entry['type'] for entry in task_of(model).metrics} >= {type(metric).__name__}


def test_predictions_without_labels_have_no_truth(name, batch):
    (result,) = build(name).eval()(batch['inputs'][:1], mode='predict')
    assert len(result) == 1
    assert next(iter(result)).startswith('pred_')


def test_labels_of_another_task_are_refused(name, batch):
    model = build(name)
    with pytest.raises(ArgumentError, match=f'{name} must get labels with .*, got Tensor'):
        model(batch['inputs'], torch.zeros(6), mode='loss')
    with pytest.raises(ArgumentError, match=f'{name} must get labels with .*, got other'):
        model(batch['inputs'], {'other': torch.zeros(6)}, mode='loss')
    with pytest.raises(ArgumentError, match="needs labels in mode 'loss'"):
        model(batch['inputs'], mode='loss')


def test_backbone_of_mmpretrain_fits(batch):
    model = TaskModel(
        {'type': 'mmpretrain.ResNet', 'depth': 18, 'in_channels': 1, 'out_indices': (0, 1)},
        {'type': 'mmlesson.CenterHead', 'num_classes': 10, 'in_channels': (64, 128)},
    )
    assert model(batch['inputs'])[0].shape == (6, 10, 6, 6)


def test_head_of_a_classifier_is_refused():
    head = {'type': 'mmlesson.ClassificationHead', 'num_classes': 10, 'in_features': 8}
    with pytest.raises(ArgumentError, match=r'must be a TaskHead, .* got ClassificationHead'):
        TaskModel(BACKBONE, head)
