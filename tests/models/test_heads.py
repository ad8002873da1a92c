"""Heads against torch's losses and the textbook formulas for two classes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from mmlesson.errors import ArgumentError
from mmlesson.models import BinaryHead, ClassificationHead


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
