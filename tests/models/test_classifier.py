"""Classifier against NumPy and torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmlesson.errors import ArgumentError
from mmlesson.models import Classifier
from mmlesson.models.predictions import predictions


def classifier(**backbone):
    return Classifier(
        backbone={'type': 'mmlesson.MLP', 'in_features': 4, **backbone},
        head={'type': 'mmlesson.ClassificationHead', 'num_classes': 3},
    )


def test_mlp_loss_and_gradient_equal_numpy_by_hand():
    torch.manual_seed(0)
    model = classifier(hidden_sizes=(5,), activation='Tanh')
    x, y = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    loss = model(x, y, mode='loss')['loss']
    loss.backward()

    w1, b1, w2, b2 = (p.detach().numpy().astype(np.float64) for p in model.parameters())
    h = np.tanh(x.numpy() @ w1.T + b1)
    z = h @ w2.T + b2
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert loss.item() == pytest.approx(-np.log(p[np.arange(6), y]).mean(), abs=1e-6)
    dz = (p - np.eye(3)[y]) / 6
    dh = (dz @ w2) * (1 - h**2)
    for parameter, by_hand in zip(
        model.parameters(), (dh.T @ x.numpy(), dh.sum(0), dz.T @ h, dz.sum(0)), strict=True
    ):
        np.testing.assert_allclose(parameter.grad.numpy(), by_hand, atol=1e-6)


def test_mlp_without_hidden_layers_is_linear():
    model = classifier(hidden_sizes=())
    x, y = torch.randn(2, 4), torch.randn(2, 4)
    zero = model(torch.zeros(2, 4))
    torch.testing.assert_close(model(x + y) - zero, model(x) - zero + model(y) - zero)


@pytest.mark.parametrize('scale', [1e4, -1e4])
def test_predicted_scores_are_a_distribution_for_huge_logits(scale):
    logits = torch.tensor([[0.0, scale, 2 * scale], [scale, scale, scale]])
    for row in predictions(logits, None):
        assert row['pred_score'].dtype == torch.float32
        assert bool(((row['pred_score'] >= 0) & (row['pred_score'] <= 1)).all())
        assert row['pred_score'].sum().item() == pytest.approx(1)


def test_scores_too_large_for_32_bits_have_probabilities_too():
    (row,) = predictions(torch.tensor([[1e300, -1e300, 0.0]], dtype=torch.float64), None)
    assert row['pred_score'].dtype == torch.float32
    assert row['pred_score'].tolist() == [1.0, 0.0, 0.0]


def test_prediction_has_the_loss_of_each_sample_and_a_batch_of_one_works():
    model = classifier().eval()
    x, y = torch.randn(3, 4), torch.tensor([0, 1, 2])
    rows = model(x, y, mode='predict')
    expected = F.cross_entropy(model(x), y, reduction='none')
    torch.testing.assert_close(torch.stack([row['loss'] for row in rows]), expected)
    (alone,) = model(x[:1], y[:1], mode='predict')
    torch.testing.assert_close(alone['pred_score'], rows[0]['pred_score'])
    assert alone['gt_label'].tolist() == [0]


def test_training_accuracy_is_in_percent():
    model = classifier(hidden_sizes=())
    x = torch.randn(5, 4)
    y = model(x).argmax(1)
    y[0] = (y[0] + 1) % 3
    assert model(x, y, mode='loss')['accuracy/top1'].item() == pytest.approx(80)


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: classifier()(torch.zeros(1, 4), mode='train'), 'Classifier.mode must be one of'),
        (lambda: classifier()(torch.zeros(1, 4), mode='loss'), 'needs labels'),
    ],
)
def test_wrong_argument_is_named(build, message):
    with pytest.raises(ArgumentError, match=message):
        build()


@pytest.mark.parametrize(
    ('head', 'owner'),
    [
        ({'type': 'mmpretrain.LinearClsHead', 'num_classes': 3, 'in_channels': 4}, 'LinearClsHead'),
        (None, 'MLP'),
    ],
)
@pytest.mark.parametrize('mode', ['loss', 'predict'])
def test_label_beyond_the_classes_is_named_for_other_heads(head, owner, mode):
    sizes = {'hidden_sizes': (4,)} if head else {'hidden_sizes': (3,)}
    backbone = {'type': 'mmlesson.MLP', 'in_features': 4, **sizes}
    model = Classifier(backbone=backbone, head=head)
    message = rf'{owner}\.num_classes must be more than the largest label, 3, got 3'
    with pytest.raises(ArgumentError, match=message):
        model(torch.zeros(2, 4), torch.tensor([0, 3]), mode=mode)
