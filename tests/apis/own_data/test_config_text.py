"""Text of a config: values are quoted safely, and bases are found."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmengine.config import Config

from mmlesson.apis.own_data import config_text as module
from mmlesson.apis.own_data.config_text import (
    ConfigGuess,
    config_text,
    default_file,
    for_people,
    quoted,
    quoted_list,
)

HOSTILE = [
    "a'b",
    'a"b',
    'a\\',
    '\n',
    '{{fileDirname}}',
    '{{{ _base_.x }}}',
    '{{$HOME:x}}',
    "'''",
    '"""',
    '动物',
    '\udcff',
    '#',
    '\x00',
]


def guess(title='T', lines=()):
    return ConfigGuess('mlp', title, ['_base_/models/mlp.py'], lines, 'new.csv')


@given(st.text())
def test_quoted_text_is_the_same_text(text):
    written = quoted(text)
    assert ast.literal_eval(written) == text
    assert '{{' not in written
    written.encode()


@pytest.mark.parametrize('text', HOSTILE)
def test_hostile_names_are_read_back_unchanged(tmp_path, text):
    file = tmp_path / 'x.py'
    lines = [f'value = {quoted(text)}', 'data = dict(', *quoted_list('names', [text] * 30), ')']
    file.write_text(config_text(guess(f'Title {text}', lines), file), encoding='utf-8')
    config = Config.fromfile(file)
    assert config.value == text
    assert config.data.names == [text] * 30
    assert config.model.backbone.type == 'MLP'


def test_long_list_is_wrapped():
    names = [f'column {n}' for n in range(40)]
    lines = quoted_list('features', names)
    assert max(map(len, lines)) <= 100
    assert ast.literal_eval(''.join(lines).strip().removeprefix('features=')) == (names,)


def test_base_of_an_installed_package_has_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(module, '_CONFIGS', tmp_path / 'nowhere')
    assert "'mmlesson::_base_/models/mlp.py'," in config_text(guess(), tmp_path / 'x.py')


def test_base_is_found_from_a_folder_behind_a_link(tmp_path):
    (tmp_path / 'deep' / 'er').mkdir(parents=True)
    (tmp_path / 'link').symlink_to(tmp_path / 'deep' / 'er')
    file = tmp_path / 'link' / 'x.py'
    file.write_text(config_text(guess(), file))
    assert Config.fromfile(file).model.backbone.type == 'MLP'


def test_name_of_the_file_is_that_of_the_data(tmp_path):
    assert str(default_file(guess(), tmp_path / 'my data (1).csv')) == 'mlp_my_data_1.py'
    assert str(default_file(guess(), tmp_path / '动物.csv')) == 'mlp_动物.py'


@given(st.text())
def test_text_for_people_cannot_end_a_docstring(text):
    assert ast.literal_eval(f'"""{for_people(text)} """').strip() == for_people(text).strip()
