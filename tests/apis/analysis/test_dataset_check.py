"""The data of a config, read and counted."""

from __future__ import annotations

import re

import numpy as np
import pytest
from paths import CONFIGS
from PIL import Image
from sklearn.datasets import load_digits

from mmlesson.apis.analysis.dataset_check import check_data
from mmlesson.config import load_config
from mmlesson.datasets import DigitCanvas, Digits
from mmlesson.errors import UserError


def test_classes_are_counted_and_samples_are_drawn(tmp_path):
    file = tmp_path / 'samples.png'
    said = check_data(load_config(CONFIGS / 'cnn/cnn_digits.py'), file)
    rows = [line.split() for line in said.splitlines() if re.match(r'\d ', line)]
    totals = [sum(map(int, row[1:])) for row in rows]
    assert totals == np.bincount(load_digits().target).tolist()
    sha256 = Digits('val').splits['val'].sha256
    assert re.search(rf'val +362 +{sha256[:16]}', said)
    assert np.asarray(Image.open(file).convert('L')).std() > 20


def test_points_are_drawn_and_vectors_are_not(tmp_path):
    check_data(load_config(CONFIGS / 'mlp/mlp_moons.py'), tmp_path / 'moons.png')
    assert (tmp_path / 'moons.png').is_file()
    options = {f'{name}_dataloader.dataset.image': False for name in ('train', 'val', 'test')}
    check_data(load_config(CONFIGS / 'mlp/mlp_digits.py', options), tmp_path / 'vectors.png')
    assert not (tmp_path / 'vectors.png').exists()


def test_conflicts_between_splits_are_listed(tmp_path):
    options = {'val_dataloader.dataset.split': 'train'}
    said = check_data(load_config(CONFIGS / 'mlp/mlp_xor.py', options), tmp_path / 'x.png')
    assert 'warning: The val data (train split, 240 samples) holds 240 samples' in said


def test_config_without_data_is_refused(tmp_path):
    options = dict.fromkeys(('train_dataloader', 'val_dataloader', 'test_dataloader'))
    with pytest.raises(UserError, match='has no dataloader'):
        check_data(load_config(CONFIGS / 'mlp/mlp_moons.py', options), tmp_path / 'x.png')


def test_objects_of_canvases_are_counted_by_class(tmp_path):
    options = {f'{name}_dataloader.dataset.num_samples': 30 for name in ('train', 'val', 'test')}
    config = load_config(CONFIGS / 'vision/detect_digits.py', options)
    said = check_data(config, tmp_path / 'x.png')
    rows = [line.split() for line in said.splitlines() if re.match(r'\d ', line)]
    labels = DigitCanvas('train', num_samples=30)._labels['labels']
    expected = np.bincount(labels[labels >= 0], minlength=10).tolist()
    assert [int(row[1]) for row in rows] == expected
    assert re.search(r'^train +30 ', said, re.MULTILINE)
