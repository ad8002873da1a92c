# ruff: noqa: E501 - one row of a table is one line
import json
import math
import random

import pytest

from mmlesson.early_stopping.prechelt import Prechelt, generalization_loss, training_progress
from mmlesson.early_stopping.rule import Decision, StoppingRule, join_decisions
from mmlesson.errors import ArgumentError

NAN, INF = math.nan, math.inf


def run(rule, scores, train=None):
    """Return (epoch, reason) where the rule stops, or None."""
    for epoch, score in enumerate(scores, 1):
        decision = rule.update(score, epoch, train[epoch - 1] if train else None)
        if decision.stop:
            return epoch, decision.reason
    return None


GREATER = [
    ('keeps improving', {'patience': 1}, [50, 60, 70, 80], None, 80),
    ('flat stops', {'patience': 3}, [100] * 20, (4, 'patience'), 100),
    ('patience 0 stops at the first non-improvement', {'patience': 0}, [1, 2, 2], (3, 'patience'), 2),
    ('and so does patience 1', {'patience': 1}, [1, 2, 2], (3, 'patience'), 2),
    ('patience 0 lets improvement go on', {'patience': 0}, [1, 2, 3], None, 3),
    ('improving resets', {'patience': 2}, [5, 4, 6, 5, 7, 6], None, 7),
    ('gain of exactly min_delta is none', {'patience': 2, 'min_delta': 1}, [5, 6, 6], (3, 'patience'), 5),
    ('small gains add up against the best', {'patience': 3, 'min_delta': 1}, [5, 5.6, 6.2, 6.8, 7.4], None, 7.4),
    ('relative', {'patience': 2, 'min_delta': 0.1, 'min_delta_mode': 'rel'}, [50, 54, 55], (3, 'patience'), 50),
    ('relative below 0', {'patience': 2, 'min_delta': 0.1, 'min_delta_mode': 'rel'}, [-50, -46, -44], None, -44),
    ('worsening below 0', {'patience': 2, 'min_delta': 0.1, 'min_delta_mode': 'rel'}, [-50, -52, -54], (3, 'patience'), -50),
    ('threshold exactly', {'stopping_threshold': 98}, [97, 98, 99], (2, 'stopping_threshold'), 98),
    ('threshold before patience', {'patience': 1, 'min_delta': 5, 'stopping_threshold': 98}, [97, 98], (2, 'stopping_threshold'), 98),
    ('divergence', {'divergence_threshold': 10}, [50, 10, 9], (3, 'divergence'), 50),
    ('divergence at once', {'divergence_threshold': 10}, [9], (1, 'divergence'), None),
    ('NaN', {}, [80, NAN], (2, 'non_finite'), 80),
    ('NaN first', {}, [NAN, 80], (1, 'non_finite'), None),
    ('infinity', {}, [80, INF], (2, 'non_finite'), 80),
    ('NaN let pass', {'check_finite': False, 'patience': 2}, [80, NAN, 81, NAN, NAN], (5, 'patience'), 81),
    ('infinity let pass', {'check_finite': False, 'patience': 2}, [80, INF, INF], (3, 'patience'), 80),
    ('infinity reaches no threshold', {'check_finite': False, 'stopping_threshold': 9}, [INF, 8], None, 8),
    ('minus infinity diverges', {'check_finite': False, 'divergence_threshold': 9}, [-INF], (1, 'divergence'), None),
    ('only NaN', {'check_finite': False, 'patience': 2}, [NAN, NAN], (2, 'patience'), None),
    ('baseline not beaten', {'baseline': 90, 'patience': 3}, [80, 85, 90, 95], (3, 'patience'), 90),
    ('baseline beaten', {'baseline': 90, 'patience': 3}, [80, 85, 91, 91, 91], None, 91),
    ('baseline beaten, then patience', {'baseline': 90, 'patience': 2}, [91, 91, 91], (3, 'patience'), 91),
    ('warm-up', {'start_from': 4, 'patience': 1}, [9, 5, 5, 4, 3], (5, 'patience'), 4),
    ('NaN in warm-up', {'start_from': 4}, [9, NAN], (2, 'non_finite'), None),
    ('threshold in warm-up', {'start_from': 4, 'stopping_threshold': 9}, [8, 9], (2, 'stopping_threshold'), 9),
    ('divergence in warm-up', {'start_from': 4, 'divergence_threshold': 9}, [9, 8], (2, 'divergence'), None),
]  # fmt: skip


@pytest.mark.parametrize(('name', 'options', 'scores', 'stops', 'best'), GREATER)
def test_greater_stops_at_the_epoch_of_the_table(name, options, scores, stops, best):
    rule = StoppingRule('greater', **options)
    assert (run(rule, scores), rule.best) == (stops, best)


@pytest.mark.parametrize(('name', 'options', 'scores', 'stops', 'best'), GREATER)
def test_less_is_the_mirror_image(name, options, scores, stops, best):
    mirrored = {
        key: -value if key in ('baseline', 'stopping_threshold', 'divergence_threshold') else value
        for key, value in options.items()
    }
    rule = StoppingRule('less', **mirrored)
    assert run(rule, [-score for score in scores]) == stops
    assert rule.best == (None if best is None else -best)


def dumb_stop(scores, patience, delta):
    """Stop when no score of the last ``patience`` beat the best accepted before it."""
    accepted = []
    for epoch, score in enumerate(scores, 1):
        if not accepted or score > accepted[-1][1] + delta:
            accepted.append((epoch, score))
        if epoch - accepted[-1][0] == patience:
            return epoch, 'patience'
    return None


def test_agrees_with_a_simple_loop_on_random_curves():
    draw = random.Random(0)
    for _ in range(500):
        scores = [draw.randrange(10) for _ in range(15)]
        patience, delta = draw.randrange(1, 6), draw.choice([0, 1, 2])
        rule = StoppingRule('greater', patience, delta)
        assert run(rule, scores) == dumb_stop(scores, patience, delta)


def test_resumed_rule_makes_the_same_decisions():
    draw = random.Random(1)
    for criterion in ('patience', 'GL', 'PQ', 'UP'):
        options = {
            'criterion': criterion,
            'patience': 6,
            'strip': 2,
            'up_strips': 2,
            'gl_alpha': 90,
        }
        scores = [draw.uniform(1, 2) for _ in range(12)]
        train = [draw.uniform(1, 2) for _ in range(12)]
        whole = StoppingRule('less', **options)
        rule = StoppingRule('less', **options)
        for epoch, (score, error) in enumerate(zip(scores, train, strict=True), 1):
            state = json.loads(json.dumps(rule.state_dict(), allow_nan=False))
            rule = StoppingRule('less', **options)
            rule.load_state_dict(state)
            assert rule.update(score, epoch, error) == whole.update(score, epoch, error)


def test_messages_contain_the_wait_and_the_best():
    rule = StoppingRule('greater', patience=5, baseline=97)
    said = [rule.update(score, epoch).message for epoch, score in enumerate([96.1, 97.5, 97], 1)]
    assert said == [
        'improved to 96.1 (the first score), but the baseline 97 is not beaten 1/5',
        'improved to 97.5 (from 96.1)',
        'no improvement 1/5, best 97.5 at epoch 2',
    ]
    assert StoppingRule('less', start_from=3).update(1, 1).message == 'not counted before epoch 3'


def test_stop_messages_contain_the_reason():
    rule = StoppingRule('less', stopping_threshold=0.5, divergence_threshold=9)
    assert rule.update(0.5, 1).message == '0.5 reached the stopping threshold 0.5'
    text = '9.5 is worse than the divergence threshold 9, best 0.5 at epoch 1'
    assert rule.update(9.5, 2).message == text
    assert rule.update(NAN, 3).message == 'the score is nan, best 0.5 at epoch 1'
    assert StoppingRule('less').update(INF, 1).message == 'the score is inf, no best yet'


def test_generalization_loss_and_progress_as_worked_by_hand():
    assert generalization_loss(0.33, 0.30) == pytest.approx(10.0)  # 100 * (1.1 - 1)
    assert generalization_loss(0.3, 0.3) == 0
    assert generalization_loss(0.1, 0.0) == INF
    assert generalization_loss(0.0, 0.0) == 0
    # sum 1.5 over k * min = 3 * 0.4 is 1.25
    assert training_progress([0.6, 0.5, 0.4]) == pytest.approx(250.0)
    assert training_progress([0.5, 0.5]) == 0
    assert training_progress([0.5, 0.0]) == INF


def test_gl_stops_when_the_error_is_alpha_percent_above_its_minimum():
    # minimum 1.0: GL is 4 at 1.04, exactly 5 at 1.05 (not more than alpha), 6 at 1.06
    rule = StoppingRule('less', criterion='GL', gl_alpha=5.0)
    errors = [1.25, 1.0, 1.04, 1.03, 1.06]
    assert run(rule, errors) == (5, 'patience')
    assert run(StoppingRule('less', criterion='GL', gl_alpha=25.0), [4.0, 5.0]) is None


def test_gl_of_a_percentage_takes_100_minus_score_for_the_error():
    # errors 10, 5, 5.2 (GL 4), 5.5 (GL 10)
    rule = StoppingRule('greater', criterion='GL', gl_alpha=5.0)
    assert run(rule, [90, 95, 94.8, 94.5]) == (4, 'patience')
    rule.load_state_dict(StoppingRule('greater', criterion='GL').state_dict())
    rule.update(90, 1)
    assert rule.update(88, 2).message == 'no improvement 1, best 90 at epoch 1; GL 20 of 5'


def test_gl_uses_the_minimum_even_within_min_delta():
    rule = StoppingRule('less', criterion='GL', gl_alpha=5.0, min_delta=0.5)
    assert run(rule, [1.0, 0.8, 0.9]) == (3, 'patience')  # GL 12.5 above 0.8
    assert rule.best == 1.0


def test_pq_is_evaluated_at_the_ends_of_strips():
    # strip 3: train 0.6 0.5 0.4 -> P 250; GL 100 -> PQ 0.4
    # strip 6: train .400 .399 .398 -> P = 1000 * (0.399 / 0.398 - 1) = 2.5126; GL 10 -> PQ 3.98
    train = [0.6, 0.5, 0.4, 0.400, 0.399, 0.398]
    errors = [0.5, 0.5, 1.0, 0.9, 0.9, 0.55]
    rule = StoppingRule('less', criterion='PQ', pq_alpha=0.75, strip=3)
    assert run(rule, errors, train) == (6, 'patience')
    assert run(StoppingRule('less', criterion='PQ', pq_alpha=3.97, strip=3), errors, train)
    assert run(StoppingRule('less', criterion='PQ', pq_alpha=3.99, strip=3), errors, train) is None
    assert run(StoppingRule('less', criterion='PQ', pq_alpha=0.39, strip=3), errors, train)[0] == 3


def test_up_counts_strips_in_a_row_that_end_higher():
    # strips of 2 end at 1.0, 1.1, 1.2, 1.1, 1.2, 1.3: two rises in a row at epochs 6 and 12
    errors = [9, 1.0, 0, 1.1, 9, 1.2, 0, 1.1, 9, 1.2, 0, 1.3]
    options = {'criterion': 'UP', 'strip': 2}
    assert run(StoppingRule('less', up_strips=1, **options), errors) == (4, 'patience')
    assert run(StoppingRule('less', up_strips=2, **options), errors) == (6, 'patience')
    assert run(StoppingRule('less', up_strips=3, **options), errors) is None
    flat = [1.0] * 12
    assert run(StoppingRule('less', up_strips=1, **options), flat) is None


def test_strips_start_at_the_first_validation_that_counts():
    errors = [9, 1.0, 9, 1.1]  # ends at epochs 2 and 4; from epoch 2 on: only one end, at 3
    assert run(StoppingRule('less', criterion='UP', strip=2, up_strips=1), errors) == (
        4,
        'patience',
    )
    late = StoppingRule('less', criterion='UP', strip=2, up_strips=1, start_from=2)
    assert run(late, errors) is None


def test_non_finite_numbers_are_left_out_of_the_criteria_unless_they_stop():
    rule = StoppingRule('less', criterion='UP', strip=1, up_strips=1, check_finite=False)
    assert run(rule, [1.0, NAN, INF, 1.1]) == (4, 'patience')
    rule = StoppingRule('less', criterion='PQ')
    assert run(rule, [1.0, 1.0], [1.0, NAN]) == (2, 'non_finite')
    rule = StoppingRule('less', criterion='PQ', strip=2, pq_alpha=0.1, check_finite=False)
    assert run(rule, [1.0, 1.0, 2.0], [1.0, NAN, 0.9]) == (3, 'patience')


BAD = [
    ({'rule': 'max'}, "StoppingRule.rule must be one of 'greater', 'less', got 'max'"),
    ({'rule': None}, r'StoppingRule.rule must be one of .* got None'),
    ({'patience': -1}, 'StoppingRule.patience must be an int >= 0, got -1'),
    ({'patience': 2.5}, 'StoppingRule.patience must be an int >= 0, got 2.5'),
    ({'start_from': -1}, 'StoppingRule.start_from must be an int >= 0, got -1'),
    ({'strip': 0}, 'StoppingRule.strip must be an int >= 1, got 0'),
    ({'up_strips': 0}, 'StoppingRule.up_strips must be an int >= 1, got 0'),
    ({'min_delta': -0.1}, r'StoppingRule.min_delta must be a number in \[0, inf\], got -0.1'),
    ({'gl_alpha': NAN}, r'StoppingRule.gl_alpha must be a number in \[0, inf\], got nan'),
    ({'pq_alpha': '1'}, r"StoppingRule.pq_alpha must be a number in \[0, inf\], got '1'"),
    ({'baseline': NAN}, 'StoppingRule.baseline must be a number'),
    ({'stopping_threshold': 'x'}, 'StoppingRule.stopping_threshold must be a number'),
    ({'divergence_threshold': NAN}, 'StoppingRule.divergence_threshold must be a number'),
    (
        {'stopping_threshold': 1, 'divergence_threshold': 2},
        'divergence_threshold must be worse than',
    ),
    ({'min_delta_mode': 'relative'}, "min_delta_mode must be one of 'abs', 'rel', got 'relative'"),
    ({'criterion': 'pq'}, "criterion must be one of 'patience', 'GL', 'PQ', 'UP', got 'pq'"),
    ({'criterion': 'PQ', 'strip': 1}, "strip must be an int >= 2 for criterion 'PQ', got 1"),
]


@pytest.mark.parametrize(('options', 'message'), BAD)
def test_a_bad_argument_is_named(options, message):
    with pytest.raises(ArgumentError, match=message):
        StoppingRule(**{'rule': 'greater', **options})


def test_a_criterion_refuses_numbers_it_is_not_defined_for():
    with pytest.raises(ArgumentError, match="'GL' must be given a percentage, got 101"):
        StoppingRule('greater', criterion='GL').update(101, 1)
    with pytest.raises(ArgumentError, match="'UP' must be given an error >= 0, got -1"):
        StoppingRule('less', criterion='UP').update(-1, 1)
    with pytest.raises(ArgumentError, match=r"'PQ' must be given a finite training error .* None"):
        StoppingRule('less', criterion='PQ').update(1, 1)
    with pytest.raises(ArgumentError, match=r"'PQ' must be given a finite training error .* -1"):
        StoppingRule('less', criterion='PQ').update(1, 1, -1.0)


def test_a_foreign_state_is_refused():
    with pytest.raises(ArgumentError, match=r'load_state_dict must get best, .* got best, wait'):
        StoppingRule('less').load_state_dict({'best': 1.0, 'wait': 2})


def test_loading_a_state_keeps_the_arguments():
    rule = StoppingRule('less', patience=3)
    rule.update(1.0, 1)
    other = StoppingRule('less', patience=7)
    other.load_state_dict(rule.state_dict())
    assert (other.patience, other.best, other.best_epoch, other.wait) == (7, 1.0, 1, 0)
    assert other.parameters() == {**rule.parameters(), 'patience': 7}


def test_saved_state_does_not_change_with_the_rule():
    state = (rule := StoppingRule('less', criterion='PQ')).state_dict()
    rule.update(1.0, 1, 1.0)
    assert state['strip_train'] == []
    assert isinstance(rule._prechelt, Prechelt)


GO = Decision(False, False, None, 'go', 0)
SPENT = Decision(False, True, 'patience', 'spent', 3)
DIVERGED = Decision(False, True, 'divergence', 'far', 1)


@pytest.mark.parametrize(
    ('decisions', 'combine', 'expected'),
    [
        ({'a': GO, 'b': SPENT}, 'any', ('patience', 'b: spent')),
        ({'a': GO, 'b': SPENT}, 'all', (None, '')),
        ({'a': SPENT, 'b': SPENT}, 'all', ('patience', 'a: spent; b: spent')),
        ({'b': SPENT}, 'all', (None, '')),  # 'a' was not reported
        ({'b': SPENT}, 'any', ('patience', 'b: spent')),
        ({'a': GO, 'b': DIVERGED}, 'all', ('divergence', 'b: far')),
        ({'a': SPENT, 'b': DIVERGED}, 'any', ('divergence', 'b: far')),
        ({}, 'all', (None, '')),
    ],
)
def test_decisions_are_joined(decisions, combine, expected):
    assert join_decisions(decisions, combine, 2) == expected
