"""Classifier, backbones, head, preprocessor and TTA against hand-worked numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmlesson.errors import ArgumentError
from mmlesson.models import CNN, MLP, Classifier, FlipTTA, LessonPreprocessor
from mmlesson.models.classifier import predictions


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


def test_cnn_has_the_shapes_of_its_formula():
    model = CNN(in_channels=3, image_size=(9, 12), channels=(4, 6), hidden_sizes=(7,))
    assert model(torch.zeros(2, 3, 9, 12))[0].shape == (2, 7)
    counts = [p.numel() for p in model.parameters()]
    assert counts == [4 * 3 * 9, 4, 6 * 4 * 9, 6, 7 * 6 * 2 * 3, 7]


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: MLP(4, hidden_sizes=(3, 0)), r'MLP\.hidden_sizes\[1\] must be an int >= 1, got 0'),
        (lambda: MLP(4, hidden_sizes=3), 'must be a sequence of ints, got 3'),
        (lambda: MLP(4, activation='Relu'), "Did you mean 'ReLU'"),
        (lambda: CNN(image_size=(8, 8), channels=(1, 1, 1, 1)), 'at most 3 stages'),
        (lambda: CNN(kernel_size=4), 'kernel_size must be odd'),
        (lambda: CNN(pool='mean'), "CNN.pool must be one of 'max', 'avg'"),
        (lambda: MLP(4)(torch.zeros(1, 5)), 'Set in_features=5'),
        (lambda: CNN()(torch.zeros(1, 3, 8, 8)), r'expects samples of shape \(1, 8, 8\)'),
        (lambda: classifier()(torch.zeros(1, 4), mode='train'), 'Classifier.mode must be one of'),
        (lambda: classifier()(torch.zeros(1, 4), mode='loss'), 'needs labels'),
    ],
)
def test_mistake_is_named(build, message):
    with pytest.raises(ArgumentError, match=message):
        build()


def test_preprocessor_standardises_and_its_statistics_travel():
    inputs = torch.rand(50, 2, 3, 3) * torch.tensor([1.0, 9.0]).view(1, 2, 1, 1) + 4
    fitted = LessonPreprocessor(channels=2)
    assert fitted.needs_statistics
    fitted.fit(inputs.mean((0, 2, 3)), inputs.std((0, 2, 3)))
    out = fitted({'inputs': inputs})['inputs']
    torch.testing.assert_close(out.mean((0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(out.std((0, 2, 3)), torch.ones(2))

    loaded = LessonPreprocessor(channels=2)
    loaded.load_state_dict(fitted.state_dict())
    assert not loaded.needs_statistics
    torch.testing.assert_close(loaded({'inputs': inputs})['inputs'], out)


@pytest.mark.parametrize(
    ('use', 'message'),
    [
        (lambda p: p({'inputs': torch.zeros(1, 2)}), 'no statistics yet'),
        (lambda p: p.fit(torch.zeros(3), torch.ones(3)), 'Set channels=3'),
    ],
)
def test_preprocessor_that_is_misused_says_how(use, message):
    with pytest.raises(ArgumentError, match=message):
        use(LessonPreprocessor(channels=2))


def test_flip_tta_averages_a_picture_and_its_mirror():
    model = Classifier(
        backbone={'type': 'mmlesson.CNN'},
        head={'type': 'mmlesson.ClassificationHead', 'num_classes': 3},
    ).eval()
    x = torch.randn(4, 1, 8, 8)
    with torch.no_grad():
        expected = (model(x).softmax(1) + model(x.flip(-1)).softmax(1)) / 2
        rows = FlipTTA(model).test_step({'inputs': x})
    torch.testing.assert_close(torch.stack([row['pred_score'] for row in rows]), expected)
    with pytest.raises(ArgumentError, match='needs pictures'):
        FlipTTA(model).test_step({'inputs': torch.zeros(1, 4)})
