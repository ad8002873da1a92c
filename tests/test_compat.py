import importlib.util
import subprocess
import sys

import pytest
from paths import ROOT

# integration/test_openmmlab.py imports mmdet and mmseg.
TOOLBOXES = {
    'mmpose': 'mmpose.models, mmpose.datasets, mmpose.evaluation',
    'mmaction': 'mmaction.models, mmaction.datasets, mmaction.evaluation',
    'mmocr': 'mmocr.models, mmocr.datasets, mmocr.evaluation',
}


def run(code):
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], cwd=ROOT, capture_output=True, text=True
    )


def test_operators_of_mmcv_can_be_imported_and_its_version_is_the_true_one():
    done = run(
        'import mmcv; before = mmcv.__version__\n'
        'import mmlesson.compat, mmcv.ops, numpy\n'
        'assert mmcv.__version__ == before\n'
        'print(mmcv.ops.nms.__name__, numpy.Inf, numpy.float)'
    )
    assert (done.returncode, done.stdout) == (0, "nms inf <class 'float'>\n"), done.stderr


@pytest.mark.parametrize('toolbox', TOOLBOXES)
def test_toolbox_imports(toolbox):
    if importlib.util.find_spec(toolbox) is None:
        pytest.skip(f'{toolbox} is not installed')
    done = run(f'import mmlesson.compat, {TOOLBOXES[toolbox]}')
    assert done.returncode == 0, done.stderr[-500:]
