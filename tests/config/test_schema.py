import mmengine.registry
import pytest
from mmengine.hooks import Hook

from mmlesson.config.schema import (
    DEFAULT_HOOKS,
    KNOWN_KEYS,
    NESTED,
    RENAMED,
    SCHEMA,
    plain_value_matches,
    train_loop_type,
)
from mmlesson.registry import HOOKS


def test_registries_are_roots_of_mmengine():
    names = {slot.registry for slot in (*SCHEMA.values(), *NESTED.values()) if slot.registry}
    assert all(hasattr(mmengine.registry, name) for name in names)


def test_arguments_of_mmengines_runner_are_known():
    import inspect

    from mmengine.runner import Runner

    parameters = set(inspect.signature(Runner.__init__).parameters) - {'self'}
    assert parameters - set(KNOWN_KEYS) == set()


def test_default_hooks_are_registered():
    for hook in filter(None, DEFAULT_HOOKS.values()):
        assert issubclass(HOOKS.get(hook['type']), Hook)


def test_renamed_keys_lead_to_known_ones():
    assert all(new.partition('.')[0] in KNOWN_KEYS for new in RENAMED.values())


@pytest.mark.parametrize(
    ('config', 'ours', 'theirs'),
    [
        ({}, 'mmlesson.LessonEpochLoop', 'EpochBasedTrainLoop'),
        ({'by_epoch': True}, 'mmlesson.LessonEpochLoop', 'EpochBasedTrainLoop'),
        ({'by_epoch': False}, 'mmlesson.LessonIterLoop', 'IterBasedTrainLoop'),
        ({'type': 'IterBasedTrainLoop'}, 'mmlesson.LessonIterLoop', 'IterBasedTrainLoop'),
        ({'type': 'MyLoop'}, 'MyLoop', 'MyLoop'),
    ],
)
def test_loops_of_mmengine_become_ours_in_our_runner(config, ours, theirs):
    assert train_loop_type(config, is_our_runner=True) == ours
    assert train_loop_type(config, is_our_runner=False) == theirs


@pytest.mark.parametrize(
    ('key', 'value', 'fits'),
    [
        ('launcher', 'slurm', True),
        ('launcher', 'ssh', False),
        ('resume', True, True),
        ('test_after_train', 'yes', False),
        ('device', 'cpu', True),
    ],
)
def test_plain_values_are_checked(key, value, fits):
    assert plain_value_matches(key, value) is fits
