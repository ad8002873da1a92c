"""Shipped files and their names."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import CONFIGS, TOOLS

from mmlesson.errors import UserError
from mmlesson.utils import shipped
from mmlesson.utils.shipped import (
    COMMANDS,
    as_command,
    describe_configs,
    find_config,
    shipped_configs,
    shipped_folder,
)


def test_folders_are_those_of_the_checkout():
    assert shipped_folder('configs') == CONFIGS
    assert shipped_folder('tools') == TOOLS


def test_folders_of_an_installation_are_inside_the_package(monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, '__file__', str(tmp_path / 'mmlesson' / 'utils' / 'shipped.py'))
    assert shipped_folder('tools') == tmp_path / 'mmlesson' / '.mim' / 'tools'


def test_each_command_is_a_tool():
    assert [tool for tool in COMMANDS.values() if not (TOOLS / tool).is_file()] == []


def test_configs_are_all_but_the_bases():
    configs = shipped_configs()
    assert configs['mlp/mlp_xor'] == CONFIGS / 'mlp' / 'mlp_xor.py'
    assert not any('_base_' in name for name in configs)


def test_description_of_a_config_is_the_first_line_of_its_header():
    described = describe_configs()
    assert described['mlp/mlp_xor'] == ('MLP on XOR: one hidden layer separates what no line can.')
    assert set(described) == set(shipped_configs())


@pytest.mark.parametrize(
    'name', ['mlp/mlp_xor', 'mlp_xor', 'mlp/mlp_xor.py', 'mlp_xor.py', 'configs/mlp/mlp_xor.py']
)
def test_shipped_config_is_found_from_any_folder(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == CONFIGS / 'mlp' / 'mlp_xor.py'


@pytest.mark.parametrize('name', ['mlp_xor', 'mlp_xor.py'])
def test_file_in_the_working_directory_is_preferred(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'mlp_xor.py').touch()
    assert find_config(name) == Path('mlp_xor.py')


@pytest.mark.parametrize('name', ['nothing', 'cnn/mlp_xor', './mlp/nothing.py', '', 'mlp'])
def test_name_of_nothing_stays_as_it_is(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == Path(name)


def test_name_of_several_configs_is_refused_with_their_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    both = {'cnn/same': tmp_path / 'a.py', 'mlp/same': tmp_path / 'b.py'}
    monkeypatch.setattr(shipped, 'shipped_configs', lambda: both)
    with pytest.raises(UserError, match=r'called same: cnn/same, mlp/same\. Choose one'):
        find_config('same')
    assert find_config('mlp/same') == tmp_path / 'b.py'


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        (
            'python tools/train.py configs/mlp/mlp_xor.py --seed 1',
            'mmlesson train mlp/mlp_xor --seed 1',
        ),
        ('python tools/analysis/inspect_model.py x.py', 'mmlesson inspect x.py'),
        ('python tools/benchmarks/check_gpu.py', 'python tools/benchmarks/check_gpu.py'),
        ('my_configs/mlp/mlp_xor.py', 'my_configs/mlp/mlp_xor.py'),
    ],
)
def test_examples_of_tools_become_those_of_commands(text, expected):
    assert as_command(text) == expected
