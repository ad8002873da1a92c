"""Export of the model of each lesson to ONNX."""

import numpy as np
import pytest
import torch
from paths import CONFIGS

from mmlesson.apis.analysis.build import build_model, training_batch
from mmlesson.apis.deployment.formats import FORMATS
from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.apis.deployment.verification import (
    EVALUATION,
    LARGEST_SHARE,
    TOLERANCE,
    largest_difference,
    predicted_by_model,
    read_split,
    share_of_differences,
)
from mmlesson.config import load_config
from mmlesson.datasets.build import missing_files
from mmlesson.tasks import exported_results

QUICK = ('perceptron/perceptron_xor', 'perceptron/loss_hinge')
ALL = sorted(
    file.relative_to(CONFIGS).with_suffix('').as_posix()
    for file in CONFIGS.glob('*/*.py')
    if file.parent.name != '_base_' and not file.stem.endswith('_folder')
)


@pytest.mark.parametrize(
    'lesson', [pytest.param(x, marks=() if x in QUICK else pytest.mark.slow) for x in ALL]
)
def test_exported_lesson_predicts_as_its_model(lesson):
    config = load_config(CONFIGS / f'{lesson}.py')
    if missing_files(config):
        pytest.skip('its data are not here')
    model = build_model(config)
    training_batch(config, model, 2)  # fits the preprocessor
    graph = InferenceGraph(model)
    inputs = read_split(config, EVALUATION)[1].inputs
    pair = torch.from_numpy(np.resize(inputs, (2, *inputs.shape[1:])))
    found = FORMATS['onnx'].load(FORMATS['onnx'].write(graph, pair, {}), graph)(inputs)
    expected = predicted_by_model(graph, inputs)
    if not graph.task.has_classes:
        results = exported_results(graph.outputs, found)
        assert share_of_differences(expected, results) < LARGEST_SHARE
        return
    assert largest_difference(expected, found, graph.output == 'scores') < TOLERANCE
