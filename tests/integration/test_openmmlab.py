"""Training, exact resume and early stopping of U-Net (mmseg) and Faster R-CNN (mmdet)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from paths import TOOLS

from mmlesson.apis.analysis.openmmlab_check import TOOLBOXES, ToolboxCheck


@pytest.fixture(scope='module', params=['mmseg', 'mmdet'])
def check(request, tmp_path_factory):
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f'{request.param} is not installed')
    work_dir = tmp_path_factory.mktemp(request.param)
    script = TOOLS / 'benchmarks/openmmlab/make_data.py'
    subprocess.run([sys.executable, script, work_dir / 'data/openmmlab'], check=True)
    return ToolboxCheck(TOOLBOXES[request.param], TOOLS, work_dir)


def test_toolbox_trains_and_resumes_to_the_byte(check):
    assert check.trains().startswith(check.toolbox.metric)
    assert check.resumes() == 'yes'


def test_toolbox_stops_early(check):
    assert check.stops() == 'yes'
