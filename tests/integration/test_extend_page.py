"""The page on extending mmlesson: its code is that of the templates, and its configs train."""

from __future__ import annotations

import re
import sys

import pytest
from paths import ROOT

import mmlesson
from mmlesson.apis.scaffold.names import module_name
from mmlesson.apis.scaffold.new_module import CLASSES, new_module
from mmlesson.registry import DATASETS, HOOKS, METRICS, MODELS, VISBACKENDS

BLOCKS = dict(
    re.findall(
        r'```python\n# (\w+\.py)\n(.*?)```', (ROOT / 'docs/modules.md').read_text(), re.DOTALL
    )
)
LESSONS = [name for name in BLOCKS if name.endswith('_lesson.py')]


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Return a folder with all files of the page."""
    for name, code in BLOCKS.items():
        (tmp_path / name).write_text(code)
    monkeypatch.setattr(sys, 'path', list(sys.path))
    monkeypatch.chdir(tmp_path)
    for registry in (DATASETS, HOOKS, METRICS, MODELS, VISBACKENDS):
        registry.import_from_location()
        monkeypatch.setattr(registry, '_module_dict', dict(registry._module_dict))
    before = set(sys.modules)
    yield tmp_path
    for name in {module_name(name) for name in CLASSES.values()} - before:
        sys.modules.pop(name, None)


def test_page_has_each_kind_of_module():
    assert len(LESSONS) == len(CLASSES)


@pytest.mark.parametrize('kind', CLASSES)
def test_code_of_the_page_is_that_of_the_template(kind, tmp_path):
    file = new_module(kind, CLASSES[kind], tmp_path)
    assert BLOCKS[file.name].strip() == file.read_text().strip()


@pytest.mark.parametrize('lesson', LESSONS)
def test_config_of_the_page_trains(page, lesson):
    options = {'train_cfg.max_epochs': 2, 'default_hooks.visualization': None}
    run = mmlesson.train(page / lesson, options=options, work_dir=page / 'run', device='cpu')
    assert run.summary['epochs'] == 2
    assert run.summary['status'] == 'completed'
