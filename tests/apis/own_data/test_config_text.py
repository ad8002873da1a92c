"""Text of a config: values are quoted safely, and bases are found."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlesson.apis.own_data.config_text import (
    ConfigGuess,
    config_text,
    default_file,
    for_people,
    quoted,
    quoted_list,
)
from mmlesson.config import load_config

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
    config = load_config(file)
    assert config.value == text
    assert config.data.names == [text] * 30
    assert config.model.backbone.type == 'MLP'


def test_long_list_is_wrapped():
    names = [f'column {n}' for n in range(40)]
    lines = quoted_list('features', names)
    assert max(map(len, lines)) <= 100
    assert ast.literal_eval(''.join(lines).strip().removeprefix('features=')) == (names,)


def test_bases_are_found_wherever_the_file_is_moved(tmp_path):
    text = config_text(guess(), tmp_path / 'x.py')
    assert "'mmlesson::_base_/models/mlp.py'," in text
    (tmp_path / 'deep').mkdir()
    (tmp_path / 'deep' / 'x.py').write_text(text)
    assert load_config(tmp_path / 'deep' / 'x.py').model.backbone.type == 'MLP'


def test_name_of_the_file_is_that_of_the_data(tmp_path):
    assert str(default_file(guess(), tmp_path / 'my data (1).csv')) == 'mlp_my_data_1.py'
    assert str(default_file(guess(), tmp_path / '动物.csv')) == 'mlp_动物.py'


@given(st.text())
def test_text_for_people_cannot_end_a_docstring(text):
    assert ast.literal_eval(f'"""{for_people(text)} """').strip() == for_people(text).strip()
