import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import helper
from paths import TOOLS
from PIL import Image

from mmlesson.apis import Inferencer
from mmlesson.apis.deployment.description import Description, InputDescription
from mmlesson.apis.deployment.export import export_model
from mmlesson.apis.deployment.onnx_inferencer import OnnxInferencer, format_of
from mmlesson.datasets.image_files import InputError
from mmlesson.errors import UserError


@pytest.fixture(scope='module')
def file(run, tmp_path_factory):
    return export_model(run, 'onnx', tmp_path_factory.mktemp('out') / 'digits.onnx').file


def test_predictions_are_those_of_the_run(run, file, tmp_path):
    Image.fromarray(np.full((9, 9), 99, np.uint8)).save(tmp_path / 'a.png')
    inputs = [np.random.default_rng(0).integers(0, 17, (7, 8, 8)), str(tmp_path / 'a.png'), 'gone']
    found, expected = (
        OnnxInferencer(file)(inputs, batch_size=3),
        Inferencer(run, device='cpu')(inputs),
    )
    assert found['failed'] == expected['failed']
    assert found['notes'] == expected['notes']
    for one, other in zip(found['predictions'], expected['predictions'], strict=True):
        assert (one['source'], one['pred_class']) == (other['source'], other['pred_class'])
        np.testing.assert_allclose(one['pred_scores'], other['pred_scores'], atol=1e-5)


def test_predict_reads_stdin_and_does_not_import_torch(file, tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((2, 8, 8), np.uint8))
    program = (
        'import runpy, sys\n'
        f'sys.argv = ["predict.py", {str(file)!r}, "-"]\n'
        'try:\n'
        f'    runpy.run_path({str(TOOLS / "deployment" / "predict.py")!r}, run_name="__main__")\n'
        'except SystemExit as end:\n'
        '    assert not end.code, end.code\n'
        'assert "torch" not in sys.modules and "mmengine" not in sys.modules\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', program],
        input=f'{tmp_path / "a.npy"}\n\n',
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert 'a.npy[1]' in done.stdout


def test_image_is_refused_where_the_pipeline_is_missing(tmp_path):
    inputs = InputDescription(None, (3, 4, 4), 1.0, (0.0, 255.0))
    found = format_of(Description('c', (), 'scores', '', inputs))
    with pytest.raises(InputError, match='an exported model does not have'):
        found.read(tmp_path / 'a.png')


SIZE = ('n', 1, 8, 8)
ONE_OUTPUT = {
    'not in rows': ([('Identity', {})], SIZE),
    'one number': ([('ReduceMean', {'keepdims': 0})], ()),
    'a number per image': ([('ReduceMean', {'keepdims': 0, 'axes': [1, 2, 3]})], ('n',)),
    'one row for all': ([('Flatten', {}), ('ReduceMean', {'axes': [0]})], (1, 64)),
    'texts': ([('Flatten', {}), ('Cast', {'to': 8})], ('n', 64)),
}
"""Operations and the shape of the output of models that score no classes."""


def foreign_model(file, operations, shape, task, kind=1, batch='n'):
    """Write an ONNX model with the description of another one."""
    inputs = InputDescription('Digits', (1, 8, 8), 1 / 16, (0.0, 1.0))
    output = 'probabilities' if task == 'classification' else 'bboxes, scores, labels'
    description = Description('c', (), output, '', inputs, task)
    names = ['inputs', *(f'v{place}' for place in range(1, len(operations))), 'y']
    nodes = [
        helper.make_node(name, [names[place]], [names[place + 1]], **options)
        for place, (name, options) in enumerate(operations)
    ]
    entry = helper.make_tensor_value_info('inputs', kind, [batch, 1, 8, 8])
    last = 8 if operations[-1] == ('Cast', {'to': 8}) else 1
    graph = helper.make_graph(
        nodes, 'g', [entry], [helper.make_tensor_value_info('y', last, shape)]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=9)
    for key, value in description.to_metadata().items():
        model.metadata_props.add(key=key, value=value)
    file.write_bytes(model.SerializeToString())
    return file


@pytest.mark.parametrize('task', ['classification', 'detection'])
@pytest.mark.parametrize('name', ONE_OUTPUT)
def test_model_that_returns_something_else_is_refused(name, task, tmp_path):
    operations, shape = ONE_OUTPUT[name]
    file = foreign_model(tmp_path / 'a.onnx', operations, shape, task)
    with pytest.raises(UserError, match=rf'a\.onnx is no model of {task}: for 2 samples it '):
        OnnxInferencer(file)(np.zeros((2, 8, 8), np.uint8))


@pytest.mark.parametrize(('kind', 'batch'), [(7, 'n'), (10, 'n'), (1, 1)])
def test_model_that_takes_something_else_is_refused(kind, batch, tmp_path):
    operations = [('Cast', {'to': 1}), ('Flatten', {})]
    shape = (batch, 64)
    file = foreign_model(tmp_path / 'a.onnx', operations, shape, 'classification', kind, batch)
    with pytest.raises(UserError, match=r'a\.onnx takes no inputs of shape \(2, 1, 8, 8\)'):
        OnnxInferencer(file)(np.zeros((2, 8, 8), np.uint8))


def test_shape_without_height_and_width_is_no_traceback(tmp_path):
    file = foreign_model(tmp_path / 'a.onnx', [('Flatten', {})], ('n', 64), 'detection')
    model = onnx.load(file)
    for entry in model.metadata_props:
        entry.value = entry.value.replace('[1, 8, 8]', '[64]')
    onnx.save(model, file)
    with pytest.raises(UserError, match=r'takes no inputs of shape \(1, 64\)'):
        OnnxInferencer(file)(np.zeros(64, np.uint8))
    assert OnnxInferencer(file)(['gone.png'])['predictions'] == []


def test_unknown_task_is_refused_in_one_line(tmp_path):
    file = foreign_model(tmp_path / 'a.onnx', [('Flatten', {})], ('n', 64), '\x1b[2J' * 999)
    with pytest.raises(
        UserError, match=r"a model of '\\x1b\[2J.*\.\.\., which this version"
    ) as raised:
        OnnxInferencer(file)
    assert len(str(raised.value)) < 300
