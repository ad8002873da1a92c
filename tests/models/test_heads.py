"""Heads against torch's losses and the textbook formulas for two classes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from mmlesson.errors import ArgumentError
from mmlesson.models import BinaryHead, ClassificationHead
from mmlesson.registry import MODELS


def test_head_is_a_linear_layer_with_cross_entropy():
    head = ClassificationHead(3, 4)
    x, y = torch.randn(5, 4), torch.tensor([0, 1, 2, 1, 0])
    logits = F.linear(x, head.linear.weight, head.linear.bias)
    torch.testing.assert_close(head(x), logits)
    torch.testing.assert_close(head((torch.zeros(5, 1), x)), logits)
    torch.testing.assert_close(head.loss(x, y)['loss'], F.cross_entropy(logits, y))
    accuracy = 100 * (logits.argmax(1) == y).float().mean()
    torch.testing.assert_close(head.loss(x, y)['accuracy/top1'], accuracy)


def test_loss_per_sample_is_not_reduced():
    head = ClassificationHead(3, 4)
    logits, y = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    expected = F.cross_entropy(logits, y, reduction='none')
    torch.testing.assert_close(head.sample_losses(logits, y), expected)


@pytest.mark.parametrize(
    ('loss', 'formula'),
    [
        ('CrossEntropyLoss', lambda ys: torch.log1p(torch.exp(-ys))),
        ('HingeLoss', lambda ys: (1 - ys).clamp(min=0)),
        ('PerceptronLoss', lambda ys: (-ys).clamp(min=0)),
    ],
)
def test_binary_head_has_the_losses_of_the_textbook(loss, formula):
    head = BinaryHead(4, loss={'type': f'mmlesson.{loss}'})
    x, labels = torch.randn(6, 4), torch.tensor([0, 1, 0, 1, 1, 0])
    score = F.linear(x, head.linear.weight, head.linear.bias)[:, 0]
    expected = formula((2 * labels - 1) * score)
    torch.testing.assert_close(head.sample_losses(head(x), labels), expected)
    torch.testing.assert_close(head(x).softmax(1)[:, 1], torch.sigmoid(score))


def test_binary_head_can_start_at_zero_and_without_a_bias():
    head = BinaryHead(2, bias=False, init='zeros')
    assert [p.tolist() for p in head.parameters()] == [[[0.0, 0.0]]]


def test_label_beyond_the_classes_is_named():
    head = ClassificationHead(2, 4)
    with pytest.raises(ArgumentError, match=r'num_classes must be more than .* label, 5, got 2'):
        head.loss(torch.zeros(2, 4), torch.tensor([0, 5]))


def test_negative_label_is_named():
    with pytest.raises(ArgumentError, match='class indices >= 0, got -1'):
        ClassificationHead(2, 4).loss(torch.zeros(2, 4), torch.tensor([0, -1]))


# -- losses of mmpretrain -------------------------------------------------------------------------

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0], [1.0, 1.0, 1.0], [-4.0, 0.0, 2.0]])
LABELS = torch.tensor([0, 2, 1, 2])
ONE_HOT = torch.eye(3)[LABELS]


def sigmoid_cross_entropy():
    return F.binary_cross_entropy_with_logits(LOGITS, ONE_HOT, reduction='none').mean(1)


def focal():
    return torchvision.ops.sigmoid_focal_loss(LOGITS, ONE_HOT, 0.25, 2.0).mean(1)


def asymmetric():
    """Ben-Baruch et al. (2020), eq. 7, with gamma+ = 0, gamma- = 4 and a margin of 0.05."""
    p = torch.sigmoid(LOGITS)
    shifted = (p - 0.05).clamp(min=0)
    return -(ONE_HOT * p.log() + (1 - ONE_HOT) * shifted**4 * (1 - shifted).log()).mean(1)


def smooth():
    return F.cross_entropy(LOGITS, LABELS, label_smoothing=0.1, reduction='none')


def plain():
    return F.cross_entropy(LOGITS, LABELS, reduction='none')


def weighted():
    return torch.tensor([1.0, 2.0, 3.0])[LABELS] * plain()


FOREIGN = [
    ({'type': 'FocalLoss'}, focal),
    ({'type': 'AsymmetricLoss'}, asymmetric),
    ({'type': 'CrossEntropyLoss', 'use_sigmoid': True}, sigmoid_cross_entropy),
    ({'type': 'CrossEntropyLoss', 'use_soft': True}, plain),
    ({'type': 'CrossEntropyLoss', 'class_weight': [1, 2, 3]}, weighted),
    ({'type': 'LabelSmoothLoss', 'label_smooth_val': 0.1}, smooth),
]


def foreign_head(loss):
    """Return a head whose logits are its features."""
    head = ClassificationHead(3, 3, loss={**loss, 'type': f'mmpretrain.{loss["type"]}'})
    with torch.no_grad():
        head.linear.weight.copy_(torch.eye(3))
        head.linear.bias.zero_()
    return head


@pytest.mark.parametrize(('loss', 'by_hand'), FOREIGN)
def test_loss_of_mmpretrain_is_that_by_hand_per_sample_and_in_training(loss, by_hand):
    head = foreign_head(loss)
    torch.testing.assert_close(head.sample_losses(LOGITS, LABELS), by_hand())
    torch.testing.assert_close(head.loss(LOGITS, LABELS)['loss'], by_hand().mean())


def test_summed_loss_of_a_sample_is_the_sum_over_classes():
    head = foreign_head({'type': 'FocalLoss', 'reduction': 'sum'})
    torch.testing.assert_close(head.sample_losses(LOGITS, LABELS), 3 * focal())
    torch.testing.assert_close(head.loss(LOGITS, LABELS)['loss'], 3 * focal().sum())


def test_loss_that_counts_labels_counts_those_of_training_only():
    head = foreign_head({'type': 'SeesawLoss', 'num_classes': 3})
    head.sample_losses(LOGITS, LABELS)
    assert head.loss_module.cum_samples.tolist() == [0, 0, 0]
    head.loss(LOGITS, LABELS)
    assert head.loss_module.cum_samples.tolist() == [1, 1, 2]


@pytest.mark.parametrize('loss', [loss for loss, _ in FOREIGN])
def test_label_beyond_the_classes_is_named_for_losses_of_mmpretrain(loss):
    with pytest.raises(ArgumentError, match=r'num_classes must be more than .* label, 3, got 3'):
        foreign_head(loss).loss(LOGITS, LABELS + 1)


@MODELS.register_module()
class MeanOnlyLoss(nn.Module):
    def forward(self, logits, labels):
        return F.cross_entropy(logits, labels)


@MODELS.register_module()
class DeafLoss(nn.Module):
    def forward(self, logits, labels, reduction='mean'):
        return F.cross_entropy(logits, labels)


def test_loss_without_a_reduction_is_refused():
    with pytest.raises(ArgumentError, match=r'MeanOnlyLoss.forward must have .*got logits, labels'):
        ClassificationHead(3, 3, loss={'type': 'MeanOnlyLoss'})


def test_loss_that_is_always_reduced_is_refused_at_validation():
    head = ClassificationHead(3, 3, loss={'type': 'DeafLoss'})
    with pytest.raises(ArgumentError, match=r'DeafLoss must return a loss per sample.*shape \(\)'):
        head.sample_losses(LOGITS, LABELS)


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: ClassificationHead(1, 4), 'num_classes must be an int >= 2, got 1'),
        (lambda: ClassificationHead(2, 0), 'in_features must be an int >= 1, got 0'),
        (lambda: BinaryHead(4, init='zero'), "Did you mean 'zeros'"),
    ],
)
def test_wrong_argument_is_named(build, message):
    with pytest.raises(ArgumentError, match=message):
        build()
