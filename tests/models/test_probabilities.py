import pytest
from torch import nn

from mmlesson.models import Classifier, FlipTTA, Perceptron
from mmlesson.models.probabilities import has_probabilities


def classifier(loss):
    return Classifier(
        backbone={'type': 'mmlesson.MLP', 'in_features': 2, 'hidden_sizes': ()},
        head={
            'type': 'mmlesson.ClassificationHead',
            'num_classes': 2,
            'in_features': 2,
            'loss': {'type': loss},
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
