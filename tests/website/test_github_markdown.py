"""GitHub's Markdown, rewritten: each case is rendered by Python-Markdown."""

from __future__ import annotations

import re

import markdown
import pytest

from mmlesson.website.github_markdown import replace_outside_code, to_python_markdown


@pytest.fixture
def render():
    extensions = ['tables', 'sane_lists', 'pymdownx.details', 'pymdownx.superfences']
    return lambda text: markdown.markdown(to_python_markdown(text), extensions=extensions)


EXERCISES = """Text.

1. First
   line two.

   ```bash
   mmlesson train a

     indented
   ```

   <details><summary>Answer</summary>

   It is **three**.
   </details>

2. Second.

After.
"""


def test_code_and_folds_belong_to_their_list_item(render):
    page = render(EXERCISES)
    assert page.count('<ol>') == 1
    assert page.count('<li>') == 2
    first = page.partition('<li>')[2].partition('</li>')[0]
    assert 'mmlesson train a\n\n  indented' in re.sub('<.*?>', '', first)
    assert '<summary>Answer</summary>' in first
    assert '<strong>three</strong>' in first
    assert page.endswith('<p>After.</p>')


def test_fold_outside_of_a_list(render):
    page = render('<details><summary>More</summary>\n\nIt *is*.\n</details>\n\nAfter.\n')
    assert re.search(r'<details.*<em>is</em>.*</details>\s*<p>After.</p>$', page, re.DOTALL)


def test_list_in_a_block_of_code_is_left_as_it_is():
    code = '```text\n- a\n  b\n```\n'
    assert to_python_markdown(code) == code


def test_items_of_several_lines_and_marks(render):
    page = render('- a\n  b\n- c\n\n10. d\n    e\n')
    assert re.sub(r'\s+', ' ', page) == (
        '<ul> <li>a b</li> <li>c</li> </ul> <ol start="10"> <li>d e</li> </ol>'
    )


def test_comments_of_measured_numbers_are_removed():
    text = 'It is <!--=run test.accuracy/top1\n.1f-->99.2<!--/--> %.\n'
    assert to_python_markdown(text) == 'It is 99.2 %.\n'


@pytest.mark.parametrize(
    ('text', 'joined'),
    [
        ('损失\n曲面', '损失曲面'),
        ('它，\n   **权重**', '它，**权重**'),
        ('卷积 CNN\n网络', '卷积 CNN\n网络'),
        ('一段。\n\n二段。', '一段。\n\n二段。'),
        ('loss\nsurface', 'loss\nsurface'),
        ('```text\n损失\n曲面\n```', '```text\n损失\n曲面\n```'),
    ],
)
def test_line_breaks_between_chinese_characters_are_removed(text, joined):
    assert to_python_markdown(text) == f'{joined}\n'


def test_code_is_not_replaced():
    text = 'a `a` a\n\n```python\na\n```\na'
    assert replace_outside_code(re.compile('a'), 'b', text) == 'b `a` b\n\n```python\na\n```\nb'
