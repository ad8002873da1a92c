import pytest

from mmlesson.early_stopping.rule_set import build_rules, monitor_names
from mmlesson.errors import ArgumentError

OWNER = 'EarlyStoppingHook'


def build(metrics, **per_metric):
    return build_rules(OWNER, metrics, {'rule': None, **per_metric}, {'patience': 3})


@pytest.mark.parametrize(
    ('monitor', 'names'), [('loss', ['loss']), (('loss', 'acc'), ['loss', 'acc'])]
)
def test_single_or_several_names_are_accepted(monitor, names):
    assert monitor_names(OWNER, monitor) == names


@pytest.mark.parametrize('monitor', [None, '', [], [''], [1], 3])
def test_value_that_is_not_a_name_is_refused(monitor):
    with pytest.raises(ArgumentError, match='monitor must be the name of a metric or a list'):
        monitor_names(OWNER, monitor)


def test_name_given_twice_is_refused():
    with pytest.raises(ArgumentError, match='monitor must hold each name once'):
        monitor_names(OWNER, ['loss', 'loss'])


def test_scalar_is_for_all_metrics_and_list_has_a_value_per_metric():
    rules = build(['loss', 'accuracy'], min_delta=[0.1, 2.0], baseline=5.0)
    assert [rules[name].min_delta for name in ('loss', 'accuracy')] == [0.1, 2.0]
    assert [rule.baseline for rule in rules.values()] == [5.0, 5.0]
    assert [rule.patience for rule in rules.values()] == [3, 3]


def test_direction_is_derived_from_each_name_or_given():
    rules = build(['loss', 'accuracy', 'x'], rule=[None, None, 'less'])
    assert [rule.rule for rule in rules.values()] == ['less', 'greater', 'less']


def test_list_of_another_length_is_refused():
    with pytest.raises(ArgumentError, match=r'min_delta must be one value or a list of 2, one per'):
        build(['loss', 'accuracy'], min_delta=[0.1])
