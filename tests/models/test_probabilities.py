import pytest
from torch import nn

from mmlesson.models import Classifier, FlipTTA, Perceptron
from mmlesson.models.probabilities import has_probabilities, is_cross_entropy


def classifier(loss, **options):
    return Classifier(
        backbone={'type': 'mmlesson.MLP', 'in_features': 2, 'hidden_sizes': ()},
        head={
            'type': 'mmlesson.ClassificationHead',
            'num_classes': 2,
            'in_features': 2,
            'loss': {'type': loss, **options},
        },
    )


@pytest.mark.parametrize(
    ('loss', 'expected'),
    [
        ('mmlesson.CrossEntropyLoss', True),
        ('mmlesson.HingeLoss', False),
        ('mmlesson.PerceptronLoss', False),
        ('mmlesson.SquaredErrorLoss', False),
    ],
)
def test_only_cross_entropy_is_fitted_to_probabilities(loss, expected):
    assert has_probabilities(classifier(loss)) is expected


def test_perceptron_has_none_also_in_a_wrapper():
    assert not has_probabilities(Perceptron(2))
    assert not has_probabilities(FlipTTA(Perceptron(2)))


def test_other_models_are_taken_to_have_them():
    assert has_probabilities(nn.Linear(2, 2))


THEIRS = [
    ('CrossEntropyLoss', {}, True),
    ('CrossEntropyLoss', {'use_soft': True}, True),
    ('CrossEntropyLoss', {'use_sigmoid': True}, False),
    ('LabelSmoothLoss', {'label_smooth_val': 0.1, 'mode': 'original'}, True),
    ('LabelSmoothLoss', {'label_smooth_val': 0.1, 'mode': 'multi_label'}, False),
    ('FocalLoss', {}, False),
    ('AsymmetricLoss', {}, False),
    ('AsymmetricLoss', {'use_sigmoid': False}, False),
]


@pytest.mark.parametrize(('loss', 'options', 'expected'), THEIRS)
def test_losses_of_mmpretrain_of_a_sigmoid_have_none(loss, options, expected):
    assert has_probabilities(classifier(f'mmpretrain.{loss}', **options)) is expected


@pytest.mark.parametrize(
    ('loss', 'options', 'expected'),
    [
        ('mmlesson.CrossEntropyLoss', {}, True),
        ('mmpretrain.CrossEntropyLoss', {}, True),
        ('mmpretrain.CrossEntropyLoss', {'use_sigmoid': True}, False),
        ('mmpretrain.CrossEntropyLoss', {'loss_weight': 2.0}, False),
        ('mmpretrain.CrossEntropyLoss', {'class_weight': [1.0, 3.0]}, False),
        ('mmlesson.HingeLoss', {}, False),
    ],
)
def test_only_the_plain_cross_entropy_of_the_softmax_is_comparable_to_guessing(
    loss, options, expected
):
    assert is_cross_entropy(classifier(loss, **options).head.loss_module) is expected


def test_model_without_a_loss_has_no_cross_entropy():
    assert not is_cross_entropy(None)
