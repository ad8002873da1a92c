"""New modules and projects: what is written runs as it is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from forked import run_forked
from paths import TOOLS

from mmlesson.apis.scaffold.names import KINDS
from mmlesson.apis.scaffold.new_module import new_module, new_project
from mmlesson.errors import UserError


@pytest.fixture
def project(tmp_path) -> Path:
    new_project(tmp_path / 'bar-nets')
    return tmp_path / 'bar-nets'


def test_tests_of_a_new_project_pass(project):
    """They train the config for two epochs."""
    command = Path(pytest.__file__).with_name('__main__.py')
    done = run_forked(command, '-q', '-p', 'no:cacheprovider', cwd=project)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert '6 passed' in done.stdout


def test_claim_of_a_new_project_is_its_own_and_holds(project):
    text = (project / 'configs' / 'bars.py').read_text()
    (value,) = re.findall(
        r"expect = \[dict\(metric='test/accuracy/top1', op='>=', value=(.*)\)\]", text
    )
    options = ('--cfg-options', 'default_hooks.visualization=None')
    done = run_forked(TOOLS / 'train.py', 'configs/bars.py', *options, cwd=project)
    assert done.returncode == 0, done.stderr[-1000:]
    summary = json.loads((project / 'work_dirs' / 'bars' / 'summary.json').read_text())
    assert summary['test']['accuracy/top1'] >= float(value)


def test_new_project_is_clean_for_ruff(project):
    ruff = [sys.executable, '-m', 'ruff']
    for words in (
        ['check', '--select=E,F,I,UP,B,RET,SIM'],
        ['format', '--check', '--config=format.quote-style="single"'],
    ):
        command = [*ruff, *words, '--no-cache', '--isolated', '--line-length=100', '.']
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize('kind', KINDS)
def test_each_module_of_a_project_is_short(project, kind):
    lines = (project / 'bar_nets' / f'{kind}.py').read_text().splitlines()
    assert len(lines) <= 40


def test_folder_with_files_is_not_written_to(project):
    before = sorted(project.rglob('*'))
    with pytest.raises(UserError, match=r'bar-nets exists already and is not empty'):
        new_project(project)
    assert sorted(project.rglob('*')) == before


def test_empty_folder_is_filled(tmp_path):
    (tmp_path / 'empty').mkdir()
    new_project(tmp_path / 'empty', 'other_nets')
    assert (tmp_path / 'empty' / 'other_nets' / '__init__.py').is_file()
    assert not list(tmp_path.glob('.new_*'))


@pytest.mark.parametrize('kind', KINDS)
def test_new_module_defines_the_class(tmp_path, kind):
    file = new_module(kind, 'MyThing', tmp_path)
    assert file == tmp_path / 'my_thing.py'
    assert '\nclass MyThing(' in file.read_text()
    compile(file.read_text(), file, 'exec')


def test_existing_file_is_not_replaced(tmp_path):
    (tmp_path / 'my_net.py').write_text('mine')
    with pytest.raises(UserError, match=r'my_net\.py exists already'):
        new_module('backbone', 'MyNet', tmp_path)
    assert (tmp_path / 'my_net.py').read_text() == 'mine'


def test_unknown_kind_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"must be one of 'backbone', .*Did you mean 'backbone'"):
        new_module('bakbone', 'MyNet', tmp_path)


def test_current_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match='cannot be the current folder'):
        new_project(tmp_path, 'own_nets')
    assert list(tmp_path.iterdir()) == []
