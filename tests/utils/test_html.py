import pytest
from jinja2 import UndefinedError

from mmlesson.utils.html import render

PACKAGE, TEMPLATE = 'mmlesson.visualization.plots', 'animation.html.j2'
VALUES = {'frames': ['AAAA'], 'captions': ['first'], 'milliseconds': 200}


def test_markup_in_a_value_is_escaped():
    page = render(PACKAGE, TEMPLATE, title='<script>alert(1)</script>', **VALUES)
    assert '<script>alert' not in page
    assert '&lt;script&gt;alert(1)&lt;/script&gt;' in page


def test_markup_in_a_script_is_escaped():
    page = render(PACKAGE, TEMPLATE, title='t', **{**VALUES, 'captions': ['</script><b>']})
    assert '</script><b>' not in page
    assert r'\u003c/script\u003e\u003cb\u003e' in page


def test_missing_value_is_an_error():
    with pytest.raises(UndefinedError, match="'title' is undefined"):
        render(PACKAGE, TEMPLATE, **VALUES)
