import numpy as np
import pytest
import torch

from mmlesson.apis.deployment.formats import FORMATS, predict_with
from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.errors import RunError
from mmlesson.models import Classifier, Perceptron, TaskModel

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


@pytest.mark.parametrize('name', FORMATS)
def test_objects_are_decoded_in_each_format(name):
    torch.manual_seed(0)
    head = {'type': 'mmlesson.InstanceHead', 'num_classes': 3, 'max_per_image': 4}
    backbone = {'type': 'mmlesson.FeatureMaps', 'channels': (4, 6)}
    graph = InferenceGraph(TaskModel(backbone, head))
    images = torch.rand(3, 1, 8, 12)
    content = FORMATS[name].write(graph, images[:2], {})
    found = FORMATS[name].load(content, graph)(images.numpy())
    expected = graph.model.head.decode(graph.model(images), (8, 12))
    shapes = [(3, 4, 4), (3, 4), (3, 4), (3, 4, 8, 12)]
    assert [array.shape for array in found] == shapes
    for array, name_of in zip(found, ('bboxes', 'scores', 'labels', 'masks'), strict=True):
        assert array == pytest.approx(expected[name_of].detach().numpy(), abs=1e-5)


def test_function_keeps_no_gradient(perceptron):
    assert isinstance(predict_with(perceptron)(INPUTS), np.ndarray)


def test_model_that_depends_on_values_cannot_be_traced(perceptron):
    class Branching(torch.nn.Module):
        def forward(self, inputs, mode):
            return inputs if inputs.sum() > 0 else -inputs

    with pytest.raises(RunError, match='Branching cannot be exported for batches of any size'):
        FORMATS['pt2'].write(InferenceGraph(Branching()), torch.zeros(2, 2), {})
