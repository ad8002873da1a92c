"""A config against its base files."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.config.base_diff import MISSING, differences, merged_bases


@pytest.fixture
def lesson(tmp_path) -> Path:
    (tmp_path / 'base_1.py').write_text("model = dict(type='A', size=1)\n")
    (tmp_path / 'base_2.py').write_text("steps = 5\nhooks = [dict(type='H', n=1)]\n")
    file = tmp_path / 'lesson.py'
    file.write_text(
        "_base_ = ['base_1.py', 'base_2.py']\n"
        "model = dict(size=2)\nhooks = [dict(type='H', n=3)]\nextra = 'new'\n"
    )
    return file


def test_bases_are_merged_without_the_lesson(lesson):
    assert merged_bases(lesson).to_dict() == {
        'model': {'type': 'A', 'size': 1},
        'steps': 5,
        'hooks': [{'type': 'H', 'n': 1}],
    }


def test_differences_are_those_of_the_lesson(lesson):
    found = differences(load_config(lesson), merged_bases(lesson))
    assert found == [('model.size', 1, 2), ('hooks.0.n', 1, 3), ('extra', MISSING, 'new')]


def test_removed_key_is_reported(lesson):
    config = load_config(lesson)
    config.pop('steps')
    assert ('steps', 5, MISSING) in differences(config, merged_bases(lesson))


def test_config_without_bases_differs_in_everything(tmp_path):
    file = tmp_path / 'alone.py'
    file.write_text('a = 1\n')
    assert differences(load_config(file), merged_bases(file)) == [('a', MISSING, 1)]


def test_single_base_may_be_a_string(tmp_path):
    (tmp_path / 'base.py').write_text('a = 1\n')
    file = tmp_path / 'lesson.py'
    file.write_text("_base_ = 'base.py'\nb = 2\n")
    assert differences(load_config(file), merged_bases(file)) == [('b', MISSING, 2)]


@pytest.mark.parametrize('file', sorted(CONFIGS.glob('[!_]*/*.py')), ids=lambda file: file.stem)
def test_shipped_lessons_have_readable_bases(file):
    keys = [key for key, _, _ in differences(load_config(file), merged_bases(file))]
    assert len(keys) <= 40
