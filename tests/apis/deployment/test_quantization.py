import numpy as np
import pytest
import torch

from mmlesson.apis.deployment.formats import FORMATS
from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.apis.deployment.quantization import quantize_int8
from mmlesson.errors import ArgumentError
from mmlesson.models import Perceptron


def test_float64_is_refused():
    content = FORMATS['onnx'].write(InferenceGraph(Perceptron(2)), torch.zeros(2, 2), {})
    with pytest.raises(ArgumentError, match='needs a model of float32 weights, got float64'):
        quantize_int8(content, np.zeros((4, 2), np.float32))
