import subprocess
import sys

import numpy as np
import pytest
from paths import TOOLS
from PIL import Image

from mmlesson.apis import Inferencer
from mmlesson.apis.deployment.description import Description, InputDescription
from mmlesson.apis.deployment.export import export_model
from mmlesson.apis.deployment.onnx_inferencer import OnnxInferencer, format_of
from mmlesson.datasets.image_files import InputError


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
