"""Pages of the website, of a small checkout."""

from __future__ import annotations

import pytest

from mmlesson.errors import UserError
from mmlesson.website.pages import Pages


def test_links_lead_to_the_pages_of_the_site(root):
    texts = Pages(root, 'en').texts
    assert '[Course](mlp.md)' in texts['index.md']
    assert '[part](../mlp.md#1-part)' in texts['docs/tools.md']
    assert '[others](configs/vision.md)' in texts['mlp.md']
    assert '[code](tools/a.md)' in texts['mlp.md']


def test_code_is_no_link(root):
    assert '`x[0](y)`' in Pages(root, 'en').texts['mlp.md']


def test_figures_are_copied(root):
    pages = Pages(root, 'en')
    name = 'configs/mlp/figures/run/a.png'
    assert f'![A figure]({name})' in pages.texts['mlp.md']
    assert pages.files == {name: root / name}


def test_switch_of_the_language_is_left_to_the_site(root):
    texts = Pages(root, 'en').texts
    assert '中文' not in ''.join(texts.values())
    assert texts['mlp.md'].startswith('# Chapter\n\nThe course\n')
    assert texts['docs/scale.md'] == '# Scale\n\n\n\nText.\n'


def test_page_without_a_translation_is_shown_in_english(root):
    english, chinese = Pages(root, 'en').texts, Pages(root, 'zh').texts
    assert '# 扩大规模' in chinese['docs/scale.md']
    assert chinese['docs/tools.md'] == '# Tools\n\nSee [part](../mlp.md).\n'  # no such heading
    assert set(english) - set(chinese) == {'tools/a.md'}  # only the English chapter links to it


def test_configs_are_listed_and_shown_with_their_bases(root):
    texts = Pages(root, 'en').texts
    assert '| [`mlp/one`](mlp/one.md) | First line. |' in texts['configs/mlp.md']
    page = texts['configs/mlp/one.md']
    assert 'mmlesson train mlp/one' in page
    assert '[`configs/_base_/models/mlp.py`](../_base_/models/mlp.md)' in page
    assert "_base_ = ['../_base_/models/mlp.py']" in page
    assert 'mmlesson train' not in texts['configs/_base_/models/mlp.md']


def test_navigation_has_the_order_of_the_course_and_of_the_readme(root):
    assert Pages(root, 'en').navigation == [
        {'Home': 'index.md'},
        {'Course': ['mlp.md']},
        {'Handbook': ['docs/scale.md', 'docs/tools.md']},
        {'Configs': [{'mlp': 'configs/mlp.md'}, {'vision': 'configs/vision.md'}]},
    ]


def test_chapter_of_vision_replaces_the_list_once_it_exists(root):
    (root / 'configs/vision/README.md').write_text('# Vision\n')
    pages = Pages(root, 'zh')
    assert '[其他](vision.md)' in pages.texts['mlp.md']
    assert pages.navigation[1] == {'课程': ['mlp.md', 'vision.md']}


def test_link_to_nothing_is_an_error_that_names_it(root):
    (root / 'docs/tools.md').write_text('[gone](gone.md)')
    with pytest.raises(UserError, match=r'tools\.md links to docs/gone\.md, which is no file'):
        Pages(root, 'en')


def test_folder_without_a_course_is_refused(tmp_path):
    with pytest.raises(UserError, match=r'must have README\.md and chapters'):
        Pages(tmp_path, 'en')
