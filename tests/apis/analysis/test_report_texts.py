import re
from string import Formatter

import pytest

from mmlesson.apis.analysis.report_texts import TEXTS, texts
from mmlesson.errors import ArgumentError

SAME = {'gpu', 'python'}  # names that are the same in both languages


def fields(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_both_languages_have_the_same_words():
    assert texts('en').keys() == texts('zh').keys() == TEXTS.keys()
    assert all(len(words) == 2 and words[1] for words in TEXTS.values())


@pytest.mark.parametrize('name', sorted(TEXTS.keys() - SAME - {'lang'}))
def test_chinese_words_are_chinese(name):
    assert re.search(r'[\u4e00-\u9fff]|^\{\}（\{\}）$|^\{\}：\{\}$', TEXTS[name][1])


@pytest.mark.parametrize('name', sorted(TEXTS.keys() - {'best_at', 'animation', 'english_only'}))
def test_both_languages_fill_in_the_same_number_of_values(name):
    english, chinese = TEXTS[name]
    assert len(fields(english)) == len(fields(chinese))


def test_place_of_the_best_has_its_values_in_the_order_of_the_language():
    words = [texts(language)['best_at'].format('x', 0.51234, 7) for language in ('en', 'zh')]
    assert words == ['x 0.5123 at epoch 7', '第 7 轮，x 0.5123']


def test_unknown_language_is_refused():
    with pytest.raises(ArgumentError, match=r"report.language must be one of 'en', 'zh', got 'fr'"):
        texts('fr')
