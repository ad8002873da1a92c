from pathlib import Path

import pytest
from paths import CONFIGS

from mmlesson.config.course import LESSONS, idea_of, next_lesson

NO_LESSONS = {'mlp/mlp_fsdp', 'mlp/mlp_folder', 'cnn/cnn_folder'}
"""Configs that show how to train at scale or on own data."""


def test_each_lesson_has_one_place_in_the_course():
    files = {
        file.relative_to(CONFIGS).with_suffix('').as_posix()
        for folder in ('perceptron', 'mlp', 'cnn')
        for file in (CONFIGS / folder).glob('*.py')
    }
    assert sorted(LESSONS) == sorted(files - NO_LESSONS)


@pytest.mark.parametrize(
    ('lesson', 'following'),
    [
        ('perceptron/perceptron_xor.py', 'mlp/linear_xor.py'),
        ('mlp/fit_over.py', 'mlp/fit_stopped.py'),
        ('cnn/cnn_shifted.py', None),
        ('mlp/mlp_fsdp.py', None),
    ],
)
def test_next_lesson_is_the_following_one_of_the_course(lesson, following):
    found = next_lesson(CONFIGS / lesson)
    assert found == (None if following is None else CONFIGS / following)


def test_copy_of_a_lesson_without_the_next_one_has_none(tmp_path):
    assert next_lesson(tmp_path / 'mlp' / 'mlp_xor.py') is None


def test_idea_is_the_first_paragraph_in_one_line(tmp_path):
    file = tmp_path / 'a.py'
    file.write_text('"""感知机：\n一条直线。\n\nRun: x\n"""\na = 1\n', encoding='utf-8')
    assert idea_of(file) == '感知机： 一条直线。'


@pytest.mark.parametrize('text', ['a = 1\n', 'a = (\n', None])
def test_config_without_a_readable_docstring_has_no_idea(tmp_path, text):
    file = Path(tmp_path, 'a.py')
    if text is not None:
        file.write_text(text)
    assert idea_of(file) == ''
