import re
from string import Formatter

import pytest

from mmlesson.errors import UserError
from mmlesson.play.mistakes import (
    MISTAKES,
    PageError,
    require_choice,
    require_number,
    require_whole,
)
from mmlesson.play.texts import texts


def names_in(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize('kind', MISTAKES)
def test_both_languages_name_the_same_things(kind):
    english, chinese = MISTAKES[kind]
    assert names_in(english) == names_in(chinese)
    assert re.search('[一-鿿]', chinese)


def test_message_has_the_label_of_the_field():
    error = PageError('choice', field='loss', choices='a, b', got="'c'")
    assert str(error) == "playground.loss must be one of a, b, got 'c'."
    assert error.text(texts('zh')) == "损失函数必须是 a, b 之一，实际为 'c'。"


@pytest.mark.parametrize('value', [1.5, float('inf'), float('nan'), '3', True, None, 10])
def test_what_is_no_whole_number_in_the_range_is_refused(value):
    with pytest.raises(UserError, match=r'seed must be a whole number in \[0, 9\]'):
        require_whole('seed', value, 0, 9)


def test_whole_float_becomes_an_int():
    assert isinstance(require_whole('seed', 3.0, 0, 9), int)


@pytest.mark.parametrize('value', [float('nan'), -1, 2, True, '1', None])
def test_what_is_no_number_in_the_range_is_refused(value):
    with pytest.raises(UserError, match=r'lr must be a number in \[0, 1\]'):
        require_number('lr', value, 0, 1)


@pytest.mark.parametrize('value', ['c', None, ['a']])
def test_what_is_no_choice_is_refused(value):
    with pytest.raises(UserError, match='optimizer must be one of a, b'):
        require_choice('optimizer', value, ('a', 'b'))
