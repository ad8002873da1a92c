"""Ranges of a search, and the sign of its score."""

from __future__ import annotations

import pytest
from optuna.distributions import FloatDistribution, IntDistribution

from mmlesson.apis.experiments.search import Range, _sign, parse_ranges
from mmlesson.errors import UserError


@pytest.mark.parametrize(
    ('word', 'wanted'),
    [
        ('lr=1e-4..0.1:log', Range('lr', 1e-4, 0.1, True)),
        ('a.b=-1..2.5', Range('a.b', -1, 2.5, False)),
        ('n=2..8', Range('n', 2, 8, False)),
    ],
)
def test_range_is_parsed(word, wanted):
    assert parse_ranges([word]) == [wanted]


def test_integer_bounds_give_an_integer_range():
    whole, broken = parse_ranges(['n=2..8', 'lr=1e-4..1:log'])
    assert whole.distribution == IntDistribution(2, 8)
    assert broken.distribution == FloatDistribution(1e-4, 1.0, log=True)


@pytest.mark.parametrize(
    ('word', 'message'),
    [
        ('lr', 'takes KEY=LOW..HIGH'),
        ('lr=a..b', 'takes KEY=LOW..HIGH'),
        ('lr=2..1', 'must have LOW < HIGH'),
        ('lr=0..1:log', 'LOW > 0 with :log'),
        ('randomness.seed=0..4', 'Use --seeds'),
    ],
)
def test_wrong_range_is_refused(word, message):
    with pytest.raises(UserError, match=message):
        parse_ranges([word])


@pytest.mark.parametrize(('metric', 'sign'), [('val best accuracy/top1', 1), ('val loss', -1)])
def test_score_is_maximised(metric, sign):
    assert _sign(metric) == sign
