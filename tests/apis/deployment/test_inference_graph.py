import numpy as np
import pytest
import torch
from mmengine.model import BaseDataPreprocessor, ImgDataPreprocessor
from torch import nn

from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.errors import ArgumentError
from mmlesson.models import Classifier, Perceptron


def linear(**options):
    torch.manual_seed(0)
    return Classifier(
        {'type': 'mmlesson.MLP', 'in_features': 3, 'hidden_sizes': ()},
        head={'type': 'mmlesson.ClassificationHead', 'num_classes': 2},
        data_preprocessor={'type': 'mmlesson.LessonPreprocessor', **options},
    )


def test_probabilities_are_the_softmax_of_the_standardised_input():
    model = linear(channels=3)
    model.data_preprocessor.fit(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 4.0, 8.0]))
    x = np.array([[3.0, 2.0, -5.0]])
    weight, bias = (value.detach().numpy() for value in model.head.linear.parameters())
    z = (x - [1, 2, 3]) / [2, 4, 8] @ weight.T + bias
    graph = InferenceGraph(model)
    found = graph(torch.tensor(x, dtype=torch.float32)).detach()
    assert graph.output == 'probabilities'
    np.testing.assert_allclose(found, np.exp(z) / np.exp(z).sum(1, keepdims=True), rtol=1e-5)


def test_perceptron_gives_float64_scores():
    graph = InferenceGraph(Perceptron(2))
    assert graph.output == 'scores'
    assert graph(torch.zeros(1, 2)).dtype == torch.float64


def test_channels_are_reversed_as_by_the_preprocessor():
    class Identity(nn.Module):
        def forward(self, inputs, mode):
            return inputs.flatten(1)

    model = Identity()
    model.gives_probabilities = False
    model.data_preprocessor = ImgDataPreprocessor(mean=[1, 2, 3], std=[1, 1, 2], bgr_to_rgb=True)
    found = InferenceGraph(model)(torch.tensor([5.0, 6.0, 7.0]).view(1, 3, 1, 1))
    assert found.tolist() == [[6.0, 4.0, 1.0]]


def test_preprocessor_without_statistics_is_refused():
    with pytest.raises(ArgumentError, match='has no statistics yet'):
        InferenceGraph(linear(channels=3))


def test_unknown_preprocessor_is_refused():
    class Other(BaseDataPreprocessor):
        pass

    model = linear()
    model.data_preprocessor = Other()
    with pytest.raises(ArgumentError, match='to be exported, got Other'):
        InferenceGraph(model)
