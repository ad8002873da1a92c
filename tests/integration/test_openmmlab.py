"""Training, exact resume and early stopping of U-Net (mmseg) and Faster R-CNN (mmdet)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest
from paths import TOOLS
from PIL import Image

from mmlesson.apis.analysis.openmmlab_check import TOOLBOXES, ToolboxCheck

MAKE_DATA = TOOLS / 'benchmarks/openmmlab/make_data.py'


def make_data(folder):
    subprocess.run([sys.executable, MAKE_DATA, folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope='module', params=['mmseg', 'mmdet'])
def check(request, tmp_path_factory):
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f'{request.param} is not installed')
    work_dir = tmp_path_factory.mktemp(request.param)
    make_data(work_dir / 'data/openmmlab')
    return ToolboxCheck(TOOLBOXES[request.param], TOOLS, work_dir)


def test_toolbox_trains_and_resumes_to_the_byte(check):
    assert check.trains().startswith(check.toolbox.metric)
    assert check.resumes() == 'yes'


def test_toolbox_stops_early(check):
    assert check.stops() == 'yes'


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return make_data(tmp_path_factory.mktemp('data'))


def test_data_is_the_same_each_time(data, tmp_path):
    files = [file for file in sorted(data.rglob('*')) if file.is_file()]
    again = make_data(tmp_path)
    assert len(files) == 2 + 3 * 12 + 2 + 4 * 12 + 2 + 12
    for file in files:
        assert file.read_bytes() == (again / file.relative_to(data)).read_bytes()


@pytest.mark.parametrize('split', ['train', 'val'])
def test_boxes_masks_pixels_and_keypoints_agree(data, split):
    content = json.loads((data / f'{split}.json').read_text())
    for image, found in zip(content['images'], content['annotations'], strict=True):
        mask = np.asarray(Image.open(data / 'masks' / split / image['file_name']))
        pixels = np.asarray(Image.open(data / 'images' / split / image['file_name']))
        label = found['category_id']
        rows, columns = np.nonzero(mask)
        left, top, width, height = found['bbox']
        assert (left, top) == (columns.min(), rows.min())
        assert (width, height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert set(mask[mask > 0]) == {1 + label}
        assert np.array_equal(pixels[..., label] == 230, mask > 0)
        xs, ys = np.reshape(found['keypoints'], (17, 3)).T[:2]
        assert (np.isin(xs, [left, left + width]) | np.isin(ys, [top, top + height])).all()
