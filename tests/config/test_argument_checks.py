import pytest

from mmlesson.config.argument_checks import (
    argument_of,
    arguments_of,
    check_arguments,
    check_top_level,
    known_names,
)
from mmlesson.config.component_tree import Component
from mmlesson.config.schema import Slot


class Net:
    def __init__(self, width: int, depth: int = 2, name: str | None = None):
        pass


class Open:
    def __init__(self, **options):
        pass


def component(target=Net, slot=None, parent=None, path='model', **config):
    return Component(path, config, slot or Slot('MODELS'), (), target, parent)


def messages(node):
    return [(issue.path, issue.message) for issue in check_arguments(node)]


def test_right_arguments_give_no_issue():
    assert messages(component(width=3, depth=1, name='x', type='Net')) == []


def test_unknown_argument_is_named_with_the_nearest():
    assert messages(component(width=3, dept=1)) == [
        ('model.dept', "Net has no argument 'dept'. Did you mean 'depth'?")
    ]


def test_missing_argument_is_named_unless_it_was_misspelt():
    assert messages(component()) == [('model', "Net needs 'width', which is not set.")]
    assert messages(component(widht=3)) == [
        ('model.widht', "Net has no argument 'widht'. Did you mean 'width'?")
    ]


def test_value_of_another_type_is_named_with_what_it_must_be():
    ((path, message),) = messages(component(width='3'))
    assert path == 'model.width'
    assert message == "Net.width must be int, got '3'."


def test_default_of_another_type_than_annotated_passes():
    class Careless:
        def __init__(self, size: int = None):  # noqa: RUF013 - upstream writes it so
            pass

    assert messages(component(Careless, size=None)) == []


def test_class_that_takes_anything_has_no_unknown_argument():
    assert messages(component(Open, anything=1)) == []


def test_what_the_builder_adds_is_neither_missing_nor_seen_by_the_class():
    slot = Slot('HOOKS', given=('width',), extra={'priority': int | str})
    node = component(slot=slot, priority=3, depth=1)
    assert messages(node) == []
    assert arguments_of(node) == ['depth']


def test_fixed_keys_are_all_there_may_be():
    node = component(
        None, Slot(keys={'seed': int | None, 'deterministic': bool}), path='randomness', sed=1
    )
    assert known_names(node) == (['seed', 'deterministic'], False)
    assert messages(node)[0][0] == 'randomness.sed'


@pytest.mark.parametrize(('config', 'value'), [({'depth': 7}, 7), ({}, 2)])
def test_argument_is_that_of_the_config_or_the_default(config, value):
    assert argument_of(component(**config), 'depth') == value
    assert argument_of(component(), 'nothing') is None


def top_level(tree, used=frozenset(), late=()):
    found = check_top_level(tree, set(used), dict(late))
    return [(issue.path, issue.message) for issue in found]


def test_key_that_looks_like_a_known_one_is_an_issue_unless_a_file_uses_it():
    assert top_level({'train_cgf': 1})[0][0] == 'train_cgf'
    assert "Did you mean 'train_cfg'" in top_level({'train_cgf': 1})[0][1]
    assert top_level({'train_cgf': 1}, used={'train_cgf'}) == []
    assert top_level({'something_else': 1}) == []


def test_key_of_an_older_openmmlab_is_named_with_the_new_key():
    assert "Did you mean 'param_scheduler'" in top_level({'lr_config': {}})[0][1]


def test_value_of_a_plain_key_is_checked():
    assert top_level({'launcher': 'ssh'})[0][0] == 'launcher'
    assert top_level({'work_dir': None, 'resume': True}) == []


def test_variable_that_is_set_too_late_is_an_issue():
    ((path, message),) = top_level({'width': 3}, late={'width': 'base.py'})
    assert path == 'width'
    assert 'base.py has already used its own value' in message


def test_channels_of_a_head_are_taken_from_the_backbone():
    class Head:
        def __init__(self, in_channels: int) -> None:
            pass

    head = component(Head, parent=component(Net), path='model.head')
    assert messages(head) == []
