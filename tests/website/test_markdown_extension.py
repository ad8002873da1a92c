"""Formulas as MathML, and captions under figures."""

from __future__ import annotations

import re

import markdown
import pytest

from mmlesson.website.markdown_extension import WebsiteExtension, to_mathml

BARE = re.compile(r'<mspace[^>]*>')


@pytest.fixture
def render():
    return lambda text: markdown.markdown(text, extensions=[WebsiteExtension()])


def test_formula_is_mathml_by_hand():
    assert to_mathml('w_1 + b') == (
        '<math display="inline"><mrow><msub><mi>w</mi><mn>1</mn></msub>'
        '<mo>+</mo><mi>b</mi></mrow></math>'
    )


def test_limit_is_below_its_operator_in_a_block_only():
    limit = '<munder><mi>min</mi><mi>θ</mi></munder>'
    assert limit in to_mathml(r'\arg\min_\theta L', 'block')
    assert limit.replace('munder', 'msub') in to_mathml(r'\arg\min_\theta L')


@pytest.mark.parametrize(
    ('formula', 'spaces'),
    [
        (r'\ln 5', 1),
        (r'-\ln p_y', 1),
        (r'\max(0, z)', 0),
        (r'y \max(0, z)', 1),
        (r'\arg\min L', 2),
        ('w x', 0),
    ],
)
def test_names_of_functions_are_set_off(formula, spaces):
    assert len(BARE.findall(to_mathml(formula))) == spaces


def test_unknown_command_is_an_error():
    with pytest.raises(ValueError, match=r'\\nonsense in the formula x \\nonsense has no MathML'):
        to_mathml(r'x \nonsense')


def test_dollars_in_a_text(render):
    page = render('With $x_1 * y_1$ and `$HOME`, $5 or \\$6.\n\n$$a\n= b$$\n')
    assert page.count('<math display="inline">') == 1
    assert page.count('<math display="block">') == 1
    assert '<code>$HOME</code>, $5 or' in page
    assert '<em>' not in page


def test_images_in_one_paragraph_get_a_caption_each(render):
    page = render('![First](a.png)\n![Second](b.png)\n')
    assert [part.partition('<')[0] for part in page.split('aria-hidden="true">')[1:]] == [
        'First',
        'Second',
    ]


def test_image_alone_gets_its_text_as_caption(render):
    page = render('![Loss: it falls.](a.png)\n\nText ![b](b.png)\n')
    assert page.count('<figure>') == 1
    assert '<figcaption aria-hidden="true">Loss: it falls.</figcaption></figure>' in page
    assert '<p>Text <img' in page
