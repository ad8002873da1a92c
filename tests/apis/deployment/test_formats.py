import numpy as np
import pytest
import torch

from mmlesson.apis.deployment.formats import FORMATS, predict_with
from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.errors import RunError
from mmlesson.models import Classifier, Perceptron

INPUTS = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)


@pytest.fixture
def perceptron():
    return InferenceGraph(Perceptron(2, num_classes=3, init='normal'))


@pytest.mark.parametrize('name', FORMATS)
def test_perceptron_gives_the_same_scores_in_each_format(name, perceptron):
    content = FORMATS[name].write(perceptron, torch.zeros(2, 2), {'key': 'value'})
    found = FORMATS[name].load(content, perceptron)
    model = perceptron.model
    expected = INPUTS @ model.weight.numpy().T + model.bias.numpy()
    np.testing.assert_allclose(found(INPUTS), expected, rtol=1e-12)
    np.testing.assert_allclose(found(INPUTS[:1]), expected[:1], rtol=1e-12)


def test_binary_head_gives_the_logistic_function():
    model = Classifier(
        {'type': 'mmlesson.MLP', 'in_features': 2, 'hidden_sizes': ()},
        head={'type': 'mmlesson.BinaryHead'},
    )
    graph = InferenceGraph(model)
    found = FORMATS['pt2'].load(FORMATS['pt2'].write(graph, torch.zeros(2, 2), {}), graph)(INPUTS)
    weight, bias = (value.detach().numpy() for value in model.head.linear.parameters())
    score = INPUTS @ weight[0] + bias
    np.testing.assert_allclose(found[:, 1], 1 / (1 + np.exp(-score)), rtol=1e-5)


def test_function_keeps_no_gradient(perceptron):
    assert isinstance(predict_with(perceptron)(INPUTS), np.ndarray)


def test_model_that_depends_on_values_cannot_be_traced(perceptron):
    class Branching(torch.nn.Module):
        def forward(self, inputs, mode):
            return inputs if inputs.sum() > 0 else -inputs

    with pytest.raises(RunError, match='Branching cannot be exported for batches of any size'):
        FORMATS['pt2'].write(InferenceGraph(Branching()), torch.zeros(2, 2), {})
