import pytest

from mmlesson.errors import UserError
from mmlesson.play.page_points import add_point, pad_html, read_upload


def test_click_adds_a_line():
    assert list(add_point('a', '', '0', {'x': 0.5, 'y': 0.5})) == ['0.000,0.000,0']
    assert list(add_point('a', '1,1,0\n', '2', {'x': 1, 'y': 0})) == ['1,1,0\n2.000,2.000,2']


def test_pad_shows_the_points():
    assert pad_html('0,0,a\n1,1,b').count('<circle') == 2
    assert pad_html('no points').count('<circle') == 0


def test_upload_is_checked():
    assert list(read_upload('a', b'x,y,label\n1,2,a\n')) == ['1,2,a\n']
    for content, match in ((b'', 'empty'), (b'\xff\xfe\x00', 'UTF-8'), (b'1' * 600_000, '500 kB')):
        with pytest.raises(UserError, match=match):
            list(read_upload('a', content))
