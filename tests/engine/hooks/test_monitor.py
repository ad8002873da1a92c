import math

import pytest
import torch

from mmlesson.engine.hooks.monitor import Monitor
from mmlesson.errors import ArgumentError, UserError

OWNER = 'SomeHook.save_best'


@pytest.mark.parametrize(
    ('metric', 'rule', 'value', 'best', 'better'),
    [
        ('accuracy/top1', None, 91.0, 90.0, True),
        ('accuracy/top1', None, 89.0, 90.0, False),
        ('accuracy/top1', None, 90.0, 90.0, False),
        ('loss', None, 0.1, 0.2, True),
        ('loss', None, 0.2, 0.1, False),
        ('smoothness', 'less', 1.0, 2.0, True),
        ('loss', None, 5.0, None, True),
        ('loss', None, math.nan, None, False),
        ('loss', None, -math.inf, 0.1, False),
        ('accuracy/top1', None, math.inf, 90.0, False),
    ],
)
def test_only_a_finite_value_in_the_right_direction_is_better(metric, rule, value, best, better):
    assert Monitor(OWNER, metric, rule).is_better(value, best) is better


def test_value_is_looked_up_and_made_a_float():
    assert Monitor(OWNER, 'loss').value({'loss': torch.tensor(0.5)}) == 0.5


def test_missing_metric_is_reported_with_the_nearest_name():
    message = (
        r"SomeHook.save_best 'acuracy/top1' was not reported; the validation reports: "
        r"'accuracy/top1', 'loss'. Did you mean 'accuracy/top1'\?"
    )
    with pytest.raises(UserError, match=message):
        Monitor(OWNER, 'acuracy/top1', 'greater').value({'accuracy/top1': 1, 'loss': 2})


def test_no_reported_metrics_are_an_error():
    with pytest.raises(UserError, match='the training reports: nothing'):
        Monitor(OWNER, 'loss').value({}, 'training')


def test_value_per_class_is_refused():
    with pytest.raises(UserError, match=r"SomeHook.save_best 'loss' must be one number"):
        Monitor(OWNER, 'loss').value({'loss': [1.0, 2.0]})


def test_unknown_rule_is_refused():
    with pytest.raises(ArgumentError, match=r'SomeHook.rule must be one of None, .greater., .less'):
        Monitor(OWNER, 'loss', 'lower')


@pytest.mark.parametrize(
    ('loss', 'best_loss', 'better'),
    [
        (0.1, 0.2, True),
        (0.2, 0.1, False),
        (0.1, 0.1, False),
        (0.1, None, False),
        (None, 0.1, False),
        (math.nan, 0.1, False),
        (0.1, math.nan, True),
    ],
)
def test_lower_loss_decides_a_tie(loss, best_loss, better):
    assert Monitor(OWNER, 'accuracy/top1').is_better(90.0, 90.0, loss, best_loss) is better


def test_loss_decides_nothing_but_ties():
    assert not Monitor(OWNER, 'accuracy/top1').is_better(89.0, 90.0, 0.0, 1.0)
    assert Monitor(OWNER, 'accuracy/top1').is_better(91.0, 90.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ('metric', 'reported', 'loss'),
    [
        ('accuracy/top1', {'loss': torch.tensor(0.5)}, 0.5),
        ('accuracy/top1', {}, None),
        ('accuracy/top1', {'loss': [0.1, 0.2]}, None),
        ('loss', {'loss': 0.5}, None),
    ],
)
def test_loss_of_a_tie_is_the_one_reported(metric, reported, loss):
    assert Monitor(OWNER, metric).tie_loss(reported) == loss
