"""Names of new classes and packages."""

from __future__ import annotations

import pytest

from mmlesson import registry
from mmlesson.apis.scaffold.names import KINDS, check_class, check_module, module_name
from mmlesson.errors import UserError


@pytest.mark.parametrize(
    ('name', 'module'),
    [('MyNet', 'my_net'), ('MLPMixer', 'mlp_mixer'), ('Net2D', 'net2_d'), ('CSV', 'csv')],
)
def test_module_is_named_after_the_class(name, module):
    assert module_name(name) == module


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('my net', "letters, digits and _.*got 'my net'"),
        ('2Net', "begin with a letter.*got '2Net'"),
        ('../Net', 'letters'),
        ('Nétz', 'letters'),
        ('None', "no word of Python, got 'None'"),
        ('myNet', "begins with a capital letter, got 'myNet'"),
        ('MLP', r'MLP is registered by mmlesson\.models\.backbones already'),
        ('Queue', "'queue' is a module of Python"),
        ('Torch', "a module 'torch' already"),
    ],
)
def test_unsuitable_class_is_refused(name, message):
    with pytest.raises(UserError, match=message):
        check_class('backbone', name)


@pytest.mark.parametrize('name', ['mmlesson', 'json', 'tests', 'class', 'a.b', 'numpy'])
def test_unsuitable_package_is_refused(name):
    with pytest.raises(UserError, match=r'Choose another name|no word of Python|letters, digits'):
        check_module(name)


def test_folder_in_the_working_directory_is_no_module(tmp_path, monkeypatch):
    (tmp_path / 'my_bars').mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    check_module('my_bars')


def test_folder_elsewhere_on_the_path_is_named(tmp_path, monkeypatch):
    (tmp_path / 'my_bars').mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UserError, match=rf"a module 'my_bars' already, {tmp_path}/my_bars\."):
        check_module('my_bars')


def test_suitable_names_are_accepted():
    check_class('hook', 'BeepHook')
    check_module('my_bars')


def test_each_kind_has_a_registry():
    assert all(hasattr(registry, name) for name, _ in KINDS.values())
