"""Where values come from, and how that is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmlesson.config import LoadedConfig, load_config
from mmlesson.config.provenance import Provenance
from mmlesson.config.source_files import source_files

BASE = """\
size = 4
model = dict(
    type='A',
    backbone=dict(
        type='B',
        width=size,
    ),
    head={'type': 'H', 'n': 1},
)
hooks = [
    dict(type='X'),
    dict(type='Y', n=2),
]
val = dict(data=dict(a=1))
test = val
later = dict(a=1)
later['b'] = 2
later.update(c=3)
"""
LESSON = """\
_base_ = ['base.py']
model = dict(backbone=dict(width=5), head=dict(_delete_=True, type='I'))
hooks = [dict(type='Z')]
"""


@pytest.fixture
def lesson(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'base.py').write_text(BASE)
    (tmp_path / 'lesson.py').write_text(LESSON)
    return tmp_path / 'lesson.py'


@pytest.mark.parametrize(
    ('key', 'source'),
    [
        ('size', 'base.py:1'),
        ('model', 'lesson.py:2'),
        ('model.type', 'base.py:3'),
        ('model.backbone.type', 'base.py:5'),
        ('model.backbone.width', 'lesson.py:2'),
        ('model.head.type', 'lesson.py:2'),
        ('model.head.n', 'lesson.py:2'),  # _delete_: what the base said of it is gone
        ('hooks.0.type', 'lesson.py:3'),
        ('hooks.1.n', 'lesson.py:3'),  # a list replaces a list
        ('val.data.a', 'base.py:14'),
        ('test.data.a', 'base.py:14'),
        ('later.a', 'base.py:16'),
        ('later.b', 'base.py:17'),
        ('later.c', 'base.py:18'),
        ('nowhere', None),
    ],
)
def test_value_comes_from_the_last_file_that_set_it(lesson, key, source):
    assert Provenance(source_files(lesson)).source(key) == source


def test_command_line_overrides_all_files(lesson):
    provenance = Provenance(source_files(lesson), ['model.backbone'])
    assert provenance.source('model.backbone.width') == 'command line'
    assert provenance.source('model.type') == 'base.py:3'


def test_replaced_type_is_a_swap_with_the_arguments_of_the_base(tmp_path):
    (tmp_path / 'base.py').write_text("model = dict(type='A', n=1, m=dict(k=2))\n")
    lesson = tmp_path / 'lesson.py'
    lesson.write_text("_base_ = 'base.py'\nmodel = dict(type='B', n=3)\n")
    (swap,) = Provenance(source_files(lesson)).swaps
    assert (swap.key, swap.old, swap.inherited) == ('model', 'A', ('m',))


def test_config_is_printed_with_the_source_of_each_value(lesson):
    lines = LoadedConfig.open(lesson, {'+note': 1}).explain().split('\n')
    assert "model.backbone.type = 'B'  # base.py:5" in lines
    assert 'model.backbone.width = 5   # lesson.py:2' in lines
    assert 'note = 1                   # command line' in lines


def test_difference_is_printed_against_the_bases(lesson):
    lines = LoadedConfig.open(lesson).explain(only_differences=True).split('\n')
    assert [line.split('  ')[0] for line in lines] == [
        'model.backbone.width: 4 -> 5',
        "model.head.type: 'H' -> 'I'",
        "hooks.0.type: 'X' -> 'Z'",
        'model.head.n: 1 -> (not set)',
        "hooks.1.type: 'Y' -> (not set)",
        'hooks.1.n: 2 -> (not set)',
    ]


def test_yaml_config_comes_from_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'base.yaml').write_text('a: 1\n')
    (tmp_path / 'lesson.yaml').write_text('_base_: base.yaml\nb: 2\n')
    assert load_config('lesson.yaml').to_dict() == {'a': 1, 'b': 2}
    assert Provenance(source_files('lesson.yaml')).source('b') == 'lesson.yaml'
