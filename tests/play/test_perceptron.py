import re

import numpy as np
import pytest

from mmlesson.errors import UserError
from mmlesson.play.frames import Plane
from mmlesson.play.perceptron import (
    Story,
    perceptron_config,
    perceptron_points,
    story_html,
    train_perceptron,
)
from mmlesson.play.sessions import Sessions
from mmlesson.play.texts import texts

WORDS = texts('en')


@pytest.fixture
def sessions():
    held = Sessions()
    yield held
    held.close_all()


def test_mistakes_are_replayed_by_the_rule(sessions):
    points = perceptron_points(0.6, 0.2, 2, 0)
    story = train_perceptron(sessions, 'a', perceptron_config(0), points.csv)
    assert sessions.get('a/perceptron') is None
    weights = np.zeros(3)
    for _, label, x1, x2, *after in story.updates:
        sign, sample = 2 * label - 1, np.array([x1, x2, 1])
        assert sign * (weights @ sample) <= 0
        weights += sign * sample
        np.testing.assert_allclose(after, weights, atol=1e-9)
    rows = [(x, y, 1.0, 2 * int(label) - 1) for x, y, label in points.rows]
    assert 0 < len(story.updates) <= story.facts['bound']
    assert sum(sign * (weights @ row) > 0 for *row, sign in rows) > 0.95 * len(rows)


def test_failed_training_is_reported(sessions):
    with pytest.raises(UserError, match='label'):
        train_perceptron(sessions, 'a', perceptron_config(0), 'x,y,class\n1,2,0\n')


@pytest.mark.parametrize(
    ('values', 'match'),
    [((9, 0.2, 2, 0), 'noise'), ((0.6, 0, 2, 0), 'margin'), ((0.6, 0.2, -1, 0), 'distance'),
     ((0.6, 0.2, 2, 0.5), 'seed')],
)  # fmt: skip
def test_wrong_value_is_named(values, match):
    with pytest.raises(UserError, match=f'playground.{match}'):
        perceptron_points(*values)


def test_line_is_where_the_score_is_zero():
    plane = Plane((-1.0, 1.0, -1.0, 1.0), {'train': (np.zeros((1, 2)), np.zeros(1, int))})
    story = Story(plane, [[1, 1, 0.5, 0.5, 2.0, 0.0, -1.0]], {'separable': False})
    html = story_html(story, 1, WORDS)
    (x1, x2) = map(float, re.search(r'x1="([-\d.]+)".*x2="([-\d.]+)"', html).groups())
    assert x1 == x2 == 240  # x = 1/2 in a picture 320 wide
    assert 'No line separates' in html
    assert '<line' not in story_html(story, 0, WORDS)
