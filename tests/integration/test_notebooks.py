"""The notebooks run from the first cell to the last, and show their figures."""

from __future__ import annotations

import importlib.util
import os

import pytest
from paths import ROOT

NOTEBOOKS = ROOT / 'notebooks'
CHINESE = '隐藏层'


def test_jupyter_notebook_runs_and_shows_its_figures(tmp_path, monkeypatch):
    nbformat = pytest.importorskip('nbformat')
    nbclient = pytest.importorskip('nbclient')
    pytest.importorskip('ipykernel')
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')]))
    book = nbformat.read(NOTEBOOKS / 'xor.ipynb', as_version=4)
    assert not any(cell.get('outputs') for cell in book.cells)
    nbclient.NotebookClient(
        book, timeout=300, resources={'metadata': {'path': str(tmp_path)}}
    ).execute()
    outputs = [output for cell in book.cells for output in cell.get('outputs', ())]
    assert sum('image/png' in output.get('data', {}) for output in outputs) == 2
    assert sum('text/html' in output.get('data', {}) for output in outputs) == 2  # the tables
    assert CHINESE in book.cells[0].source
    assert {folder.name for folder in (tmp_path / 'work_dirs').iterdir()} == {
        'linear_xor',
        'mlp_xor',
    }


def test_marimo_notebook_runs(tmp_path, monkeypatch):
    pytest.importorskip('marimo')
    monkeypatch.chdir(tmp_path)
    file = NOTEBOOKS / 'xor_marimo.py'
    spec = importlib.util.spec_from_file_location('xor_marimo', file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _, defined = module.app.run()
    assert defined['predictions']['pred_label'].nunique() == 2
    assert defined['mlp'].summary['test']['accuracy/top1'] > 95
    assert defined['linear'].summary['test']['accuracy/top1'] < 75
    assert CHINESE in file.read_text()
