"""The names at the top level of the package."""

from __future__ import annotations

import csv
import re
import subprocess
import sys

import numpy as np
import pytest
from forked import run_forked
from paths import TOOLS

import mmlesson

HEAVY = ('torch', 'mmengine', 'mmcv', 'mmpretrain', 'matplotlib', 'numpy', 'pandas')


def test_import_of_the_package_imports_nothing_heavy():
    script = 'import sys, mmlesson; print(*sys.modules)'
    out = subprocess.run([sys.executable, '-c', script], check=True, capture_output=True, text=True)
    assert not set(HEAVY) & set(out.stdout.split())


def test_each_name_of_the_stub_can_be_imported():
    names = {'Inferencer', 'RunResult', 'get_model', 'list_models', 'train'}
    assert names <= set(dir(mmlesson))
    assert all(callable(getattr(mmlesson, name)) for name in names)


def test_unknown_name_is_refused():
    with pytest.raises(AttributeError, match='trian'):
        _ = mmlesson.trian


def test_predict_says_unknown_below_the_chosen_confidence(train, tmp_path):
    train('cnn/cnn_digits.py', train_cfg__max_epochs=2)
    images = np.random.default_rng(0).integers(0, 17, (20, 1, 8, 8))
    np.save(tmp_path / 'noise.npy', images)
    words = (tmp_path / 'run', tmp_path / 'noise.npy', '--min-confidence', 'auto:98')
    done = run_forked(TOOLS / 'deployment/predict.py', *words, '--out', tmp_path / 'p.csv')
    assert done.returncode == 0, done.stderr
    chosen = float(re.search(r'min-confidence ([\d.]+) \(chosen on the validation', done.stderr)[1])
    with (tmp_path / 'p.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    for row in rows:
        assert (row['pred_class'] == 'unknown') == (float(row['pred_score']) < chosen)
