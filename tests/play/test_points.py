import pytest

from mmlesson.errors import UserError
from mmlesson.play.points import MOST_POINTS, read_points, require_trainable


def test_points_are_read_with_and_without_a_header():
    text = '1,2,a\n\n-0.5, 3e-1, b\n'
    assert read_points(text).rows == ((1.0, 2.0, 'a'), (-0.5, 0.3, 'b'))
    assert read_points('x,y,label\n' + text) == read_points(text)
    assert read_points(read_points(text).csv) == read_points(text)


@pytest.mark.parametrize(
    ('text', 'match'),
    [
        ('1,2\n', 'Line 1 must be x,y,class'),
        ('1,2,0\n1,zwei,0', 'Line 2 must be x,y,class'),
        ('1,2,0,5', 'must end in a class'),
        ("1,2,'); import os", 'must end in a class'),
        ('1,2,=cmd()', 'must end in a class'),
        ('nan,2,0', 'numbers up to 1000'),
        ('1,1e9,0', 'numbers up to 1000'),
        ('1,2,0\n' * (MOST_POINTS + 1), 'at most 5000 points'),
        ('1' * 600_000, 'at most 500 kB'),
    ],
)
def test_wrong_line_is_named(text, match):
    with pytest.raises(UserError, match=match):
        read_points(text)


@pytest.mark.parametrize(
    ('labels', 'match'), [('0' * 9, '2 to 6 classes, got 1'), ('000001', 'Class 1 has 1 points')]
)
def test_too_few_points_are_refused(labels, match):
    with pytest.raises(UserError, match=match):
        require_trainable(read_points('\n'.join(f'0,0,{label}' for label in labels)))


def test_numbered_classes_are_in_the_order_of_a_table():
    assert read_points('1,2,10\n1,2,9').classes == ('9', '10')
    assert read_points('1,2,b10\n1,2,9').classes == ('9', 'b10')
    assert read_points('1,2,9\n1,2,010\n1,2,NA\n1,2,甲').classes == ('010', '9', 'NA', '甲')
