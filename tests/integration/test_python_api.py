"""The names at the top level of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
