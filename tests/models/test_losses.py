"""Losses against closed forms and torch, and the perceptron's rule as descent on one of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mmlesson.errors import ArgumentError
from mmlesson.models import (
    BinaryHead,
    ClassificationHead,
    CrossEntropyLoss,
    HingeLoss,
    Perceptron,
    PerceptronLoss,
    SquaredErrorLoss,
)
from mmlesson.registry import MODELS

LOGITS = torch.tensor([[2.0, 0.5, -1.0], [0.0, 0.3, 0.1], [1.0, 1.0, 3.0]])
LABELS = torch.tensor([0, 2, 1])


@pytest.mark.parametrize(
    ('loss', 'expected'),
    [
        # 1/2 (1 + 0.25 + 1), 1/2 (0.09 + 0.81), 1/2 (1 + 0 + 9)
        (SquaredErrorLoss(), [1.125, 0.45, 5.0]),
        (HingeLoss(), [0.0, 1.2, 3.0]),  # 1 - 1.5 < 0; 1 + 0.2; 1 + 2
        (PerceptronLoss(), [0.0, 0.2, 2.0]),
    ],
)
def test_loss_is_its_closed_form(loss, expected):
    np.testing.assert_allclose(loss(LOGITS, LABELS, reduction='none'), expected, rtol=1e-6)
    assert loss(LOGITS, LABELS).item() == pytest.approx(np.mean(expected))


@pytest.mark.parametrize('size', [1e4, 1e30, 3e38])  # the last is nearly float32's largest
def test_cross_entropy_of_huge_logits_is_exact_and_so_is_its_gradient(size):
    logits = torch.tensor([[size, 0.0, -size], [size, size, size], [0.0, -size, size]])
    logits.requires_grad_()
    losses = CrossEntropyLoss()(logits, torch.tensor([0, 1, 0]), reduction='none')
    np.testing.assert_allclose(losses.detach(), [0, np.log(3), size], rtol=1e-6)
    losses.sum().backward()
    expected = [[0, 0, 0], [1 / 3, -2 / 3, 1 / 3], [-1, 0, 1]]  # softmax less one-hot
    np.testing.assert_allclose(logits.grad, expected, atol=1e-6)


@pytest.mark.parametrize('loss', ['CrossEntropyLoss', 'HingeLoss', 'SquaredErrorLoss'])
@pytest.mark.parametrize('head', [ClassificationHead(3, 4), BinaryHead(4)])
def test_label_without_a_logit_is_named(head, loss):
    head.loss_module = MODELS.build({'type': loss})
    with pytest.raises(ArgumentError, match=r'num_classes must be more .* 7, got [23]'):
        head.loss(torch.zeros(2, 4), torch.tensor([0, 7]))


def test_other_errors_of_a_loss_are_unchanged():
    def broken(logits, labels):
        raise RuntimeError('of its own')

    head = ClassificationHead(3, 4)
    del head.loss_module
    head.loss_module = broken
    with pytest.raises(RuntimeError, match='of its own'):
        head.loss(torch.zeros(2, 4), torch.tensor([0, 2]))


def test_hinge_of_two_classes_is_that_of_torch():
    score = torch.linspace(-2, 2, 9)
    logits = torch.stack([-score / 2, score / 2], 1)
    for label, sign in ((0, -1.0), (1, 1.0)):
        ours = HingeLoss()(logits, torch.full((9,), label), reduction='none')
        # HingeEmbeddingLoss with target -1 is max(0, margin - x)
        theirs = F.hinge_embedding_loss(sign * score, -torch.ones(9), margin=1, reduction='none')
        torch.testing.assert_close(ours, theirs)


def test_unknown_reduction_is_named():
    with pytest.raises(ValueError, match='reduction'):
        HingeLoss()(LOGITS, LABELS, reduction='sum_')


def test_binary_head_gives_the_sigmoid_of_its_score():
    head = BinaryHead(in_features=3)
    inputs = torch.randn(5, 3)
    logits = head(inputs)
    score = F.linear(inputs, head.linear.weight, head.linear.bias)[:, 0]
    torch.testing.assert_close(logits.softmax(1)[:, 1], score.sigmoid())
    labels = torch.tensor([0, 1, 1, 0, 1])
    logistic = F.binary_cross_entropy_with_logits(score, labels.float())
    torch.testing.assert_close(head.loss((inputs,), labels)['loss'], logistic)


def test_binary_head_refuses_an_unknown_init():
    with pytest.raises(ValueError, match='init'):
        BinaryHead(in_features=2, init='ones')


def test_sgd_on_the_perceptron_loss_is_the_perceptron_rule():
    rng = np.random.default_rng(0)
    inputs = torch.from_numpy(rng.normal(size=(40, 2)).astype(np.float32))
    labels = torch.from_numpy(rng.integers(0, 2, 40))
    head = BinaryHead(in_features=2, init='zeros', loss={'type': 'PerceptronLoss'}).double()
    optimizer = torch.optim.SGD(head.parameters(), lr=1.0)
    for x, label in zip(inputs.double(), labels, strict=True):
        optimizer.zero_grad()
        head.loss((x[None],), label[None])['loss'].backward()
        optimizer.step()
    perceptron = Perceptron(in_features=2, num_classes=2)
    mistakes = perceptron.train_step({'inputs': inputs, 'labels': labels}, None)['mistakes']
    assert mistakes > 10
    weight, bias = head.linear.weight.detach(), head.linear.bias.detach()
    torch.testing.assert_close(weight, perceptron.weight.detach(), rtol=0, atol=1e-12)
    torch.testing.assert_close(bias, perceptron.bias.detach(), rtol=0, atol=1e-12)
