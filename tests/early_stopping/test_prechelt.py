"""Prechelt's criteria against his definitions, computed by hand."""

import math

import pytest

from mmlesson.early_stopping.prechelt import (
    Prechelt,
    generalization_loss,
    training_progress,
)
from mmlesson.errors import ArgumentError


def make(criterion, alpha=5.0, strip=2, up_strips=2, rule='less'):
    return Prechelt(
        criterion=criterion, rule=rule, alpha=alpha, strip=strip, up_strips=up_strips, owner='Rule'
    )


def test_generalization_loss_is_the_rise_over_the_lowest_in_percent():
    assert generalization_loss(0.33, 0.3) == pytest.approx(10.0)
    assert generalization_loss(0.3, 0.3) == 0.0
    assert generalization_loss(0.1, 0.0) == math.inf


def test_training_progress_is_the_mean_over_the_minimum_in_per_mille():
    assert training_progress([0.5, 0.4, 0.3]) == pytest.approx(1000 * (0.4 / 0.3 - 1))
    assert training_progress([0.2, 0.2]) == 0.0


def test_gl_is_met_above_alpha():
    rule = make('GL', alpha=10.0)
    verdicts = []
    for score in (0.5, 0.4, 0.44, 0.45):
        rule.measure(score, None)
        verdicts.append(rule.met)
    assert verdicts == [False, False, False, True]


def test_accuracy_in_percent_becomes_an_error():
    rule = make('GL', alpha=10.0, rule='greater')
    rule.measure(90.0, None)  # error 10
    rule.measure(88.0, None)  # error 12: GL 20
    assert rule.met


def test_pq_is_measured_at_the_end_of_a_strip():
    rule = make('PQ', alpha=0.5, strip=2)
    assert rule.measure(0.4, 0.30) == ''
    assert not rule.met
    rule.measure(0.44, 0.29)
    loss, progress = 10.0, 1000 * (0.295 / 0.29 - 1)
    assert rule.met is (loss / progress > 0.5)


def test_up_counts_strips_in_a_row_that_end_higher():
    rule = make('UP', strip=1, up_strips=2)
    verdicts = []
    for score in (0.5, 0.6, 0.55, 0.6, 0.7):
        rule.measure(score, None)
        verdicts.append(rule.met)
    assert verdicts == [False, False, False, False, True]


@pytest.mark.parametrize('criterion', ['GL', 'PQ', 'UP'])
def test_saved_state_can_be_restored(criterion):
    scores = [0.5, 0.45, 0.5, 0.55, 0.6, 0.61]
    whole, first, second = (make(criterion, alpha=5.0) for _ in range(3))
    for score in scores:
        whole.measure(score, 0.3)
    for score in scores[:3]:
        first.measure(score, 0.3)
    second.load_state_dict(first.state_dict())
    for score in scores[3:]:
        second.measure(score, 0.3)
    assert second == whole


@pytest.mark.parametrize(
    ('criterion', 'options', 'score', 'train', 'message'),
    [
        ('GL', {}, -1.0, None, 'must be given an error >= 0'),
        ('GL', {'rule': 'greater'}, 101.0, None, 'must be given a percentage'),
        ('PQ', {}, 0.5, None, r"'PQ' must be given a finite training error"),
        ('PQ', {}, 0.5, math.nan, r"'PQ' must be given a finite training error"),
    ],
)
def test_score_that_is_not_an_error_is_refused(criterion, options, score, train, message):
    with pytest.raises(ArgumentError, match=message):
        make(criterion, **options).measure(score, train)


def test_strip_of_one_shows_no_progress():
    with pytest.raises(ArgumentError, match=r"Rule\.strip must be an int >= 2 for criterion 'PQ'"):
        make('PQ', strip=1)
