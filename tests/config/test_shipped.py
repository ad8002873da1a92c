from __future__ import annotations

from pathlib import Path

import pytest
from paths import CONFIGS

from mmlesson.config import shipped
from mmlesson.config.load import read_config
from mmlesson.errors import UserError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize('name', ['mlp/mlp_xor', 'mlp_xor', 'mlp/mlp_xor.py', 'mlp_xor.py'])
def test_shipped_config_is_found_by_its_name(name):
    assert shipped.find_config(name) == CONFIGS / 'mlp' / 'mlp_xor.py'


def test_names_are_those_of_the_files_without_bases():
    files = {
        f'{file.parent.name}/{file.stem}'
        for file in CONFIGS.rglob('*.py')
        if '_base_' not in file.parts and file.parent.parent == CONFIGS
    }
    assert set(shipped.list_configs()) == files


def test_pattern_selects_names():
    assert shipped.list_configs('cnn/*_digits') == ['cnn/cnn_digits']


@pytest.mark.parametrize('name', ['mlp_xor', 'mlp_xor.py'])
def test_file_in_the_current_folder_takes_precedence(name):
    Path('mlp_xor.py').write_text('a = 1\n')
    assert Path(shipped.find_config(name)) == Path('mlp_xor.py')
    assert read_config(name)[0].a == 1


def test_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(UserError, match=r"no config at mlp_xro, .* Did you mean 'mlp_xor'"):
        shipped.find_config('mlp_xro')


def test_name_of_two_configs_is_refused(monkeypatch, tmp_path):
    for folder in ('a', 'b'):
        (tmp_path / 'c' / folder).mkdir(parents=True)
        (tmp_path / 'c' / folder / 'same.py').write_text('')
    monkeypatch.setattr(shipped, 'configs_folder', lambda: tmp_path / 'c')
    with pytest.raises(UserError, match=r"'same' is the name of several configs: a/same, b/same"):
        shipped.find_config('same')


def test_configs_of_a_wheel_are_found(monkeypatch, tmp_path):
    (tmp_path / 'pkg' / '.mim' / 'configs' / 'mlp').mkdir(parents=True)
    (tmp_path / 'pkg' / '.mim' / 'configs' / 'mlp' / 'other.py').write_text('')
    monkeypatch.setattr(shipped, '_PACKAGE', tmp_path / 'pkg')
    assert shipped.list_configs() == ['mlp/other']


def test_name_with_the_package_is_found_in_a_checkout_too():
    config, files, _ = read_config('mmlesson::mlp/mlp_xor.py')
    assert files[-1].path == CONFIGS / 'mlp' / 'mlp_xor.py'
    assert config.model.type == 'Classifier'
