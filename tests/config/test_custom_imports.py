"""Custom imports from the folder of the config."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.config.custom_imports import search_folders
from mmlesson.errors import UserError

XOR = f"_base_ = ['{CONFIGS}/mlp/mlp_xor.py']\n"


@pytest.fixture(autouse=True)
def _same_path(monkeypatch):
    """Restore sys.path, and be in none of the folders."""
    monkeypatch.setattr(sys, 'path', list(sys.path))
    monkeypatch.chdir(CONFIGS)


def config(folder: Path, module: str, file: str = 'lesson.py') -> Path:
    target = folder / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{XOR}custom_imports = dict(imports=['{module}'])\n")
    return target


def test_module_beside_the_config_is_imported_with_a_note(tmp_path, capsys):
    (tmp_path / 'module_beside.py').write_text('x = 1\n')
    load_config(config(tmp_path, 'module_beside'))
    assert sys.modules['module_beside'].x == 1
    assert capsys.readouterr().err == (
        f'note: custom_imports: module_beside is imported from {tmp_path}\n'
    )


def test_package_at_the_root_of_the_project_is_imported(tmp_path):
    (tmp_path / 'pyproject.toml').write_text('')
    (tmp_path / 'root_package').mkdir()
    (tmp_path / 'root_package' / '__init__.py').write_text('x = 2\n')
    load_config(config(tmp_path, 'root_package', 'configs/lesson.py'))
    assert sys.modules['root_package'].x == 2


def test_installed_module_goes_before_one_beside_the_config(tmp_path, capsys):
    (tmp_path / 'json.py').write_text('raise AssertionError\n')
    load_config(config(tmp_path, 'json'))
    assert capsys.readouterr().err == ''
    assert str(tmp_path) not in sys.path


def test_same_name_beside_two_configs_is_refused(tmp_path):
    for folder in ('one', 'two'):
        file = config(tmp_path / folder, 'twofold_module')
        (tmp_path / folder / 'twofold_module.py').write_text('')
    load_config(tmp_path / 'one' / 'lesson.py')
    with pytest.raises(UserError, match=r"'twofold_module' is in .*two, but .* in .*one\. Rename"):
        load_config(file)


def test_folders_above_are_searched_up_to_the_working_directory(tmp_path, monkeypatch):
    file = tmp_path / 'a' / 'b' / 'c.py'
    assert list(search_folders(file)) == [tmp_path / 'a' / 'b']
    (tmp_path / 'a').mkdir()
    monkeypatch.chdir(tmp_path / 'a')
    assert list(search_folders(file)) == [tmp_path / 'a' / 'b', tmp_path / 'a']
