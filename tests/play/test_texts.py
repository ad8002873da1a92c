import re

import pytest

from mmlesson.play.texts import language_of, texts


def test_both_languages_have_all_words():
    english, chinese = texts('en'), texts('zh')
    assert english.keys() == chinese.keys()
    assert all(english.values())
    assert all(re.search('[一-鿿]', text) for name, text in chinese.items() if name != 'other')
    assert [text.count('{}') for text in english.values()] == [
        text.count('{}') for text in chinese.values()
    ]


@pytest.mark.parametrize(
    ('accepted', 'language'),
    [('zh-CN,zh;q=0.9,en;q=0.8', 'zh'), ('en-US,zh;q=0.5', 'en'), ('', 'en'), ('de', 'en')],
)
def test_language_is_that_of_the_browser(accepted, language):
    assert language_of(accepted) == language
