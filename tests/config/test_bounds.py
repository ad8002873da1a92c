import math

import pytest

from mmlesson.config.bounds import MAX_SEED, MAX_WORKERS, Bound, outside


@pytest.mark.parametrize(
    ('value', 'is_allowed'),
    [
        (1, True),
        (3.0, True),  # a whole number, which the classes take
        (0, False),
        (1.5, False),
        (True, False),
        ('1', False),
        (None, False),
        (math.nan, False),
        (math.inf, False),
        (10**30, False),
    ],
)
def test_count_is_a_finite_whole_number_from_one(value, is_allowed):
    assert Bound(1, 2**63 - 1, is_int=True).allows(value) is is_allowed


@pytest.mark.parametrize(
    ('bound', 'text'),
    [
        (Bound(0), 'a number >= 0'),
        (Bound(0, 1), 'a number in [0, 1]'),
        (Bound(1, 2**63 - 1, is_int=True), 'an int >= 1'),
    ],
)
def test_bound_reads_as_a_sentence(bound, text):
    assert str(bound) == text


@pytest.mark.parametrize(
    ('owner', 'key', 'value', 'expected'),
    [
        (None, 'num_workers', MAX_WORKERS + 1, 'an int in [0, 256], got 257.'),
        (None, 'batch_size', 'abc', "an int >= 1, got 'abc'."),
        ('LOOPS', 'val_interval', 0, 'an int >= 1, got 0.'),
        ('OPTIMIZERS', 'lr', -1, 'a number >= 0, got -1.'),
        ('OPTIMIZERS', 'betas', (2, 3), 'a number in [0, 1), got (2, 3).'),
        ('randomness', 'seed', MAX_SEED + 1, 'an int in [0, 4294967295], got 4294967296.'),
        ('PARAM_SCHEDULERS', 'milestones', [3, -1], 'an int >= 1, got [3, -1].'),
        ('env_cfg', 'cpu_threads', 0, 'an int in [1, 1024], got 0.'),
    ],
)
def test_number_outside_is_named_with_what_is_expected(owner, key, value, expected):
    assert list(outside(owner, 'Owner', {key: value})) == [(key, f'Owner.{key} must be {expected}')]


def test_long_value_is_cut():
    ((_, message),) = outside(None, 'DataLoader', {'batch_size': 'x' * 5000})
    assert len(message) < 200


def test_interval_of_minus_one_switches_the_checkpoint_hook_of_mmengine_off():
    assert list(outside('HOOKS', 'CheckpointHook', {'interval': -1})) == []
    assert list(outside('HOOKS', 'LoggerHook', {'interval': -1})) != []
