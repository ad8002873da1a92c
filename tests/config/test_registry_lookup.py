import sys

import pytest
from torch import nn

from mmlesson.config.registry_lookup import (
    UnknownTypeError,
    find_class,
    find_type,
    python_files,
    where,
)
from mmlesson.models import MLP

OURS = ('mmlesson',)


def test_name_is_found_in_the_scope_then_in_mmengine():
    assert find_type('MODELS', 'MLP', OURS, None) is MLP
    assert find_type('HOOKS', 'EMAHook', OURS, None).__module__.startswith('mmengine')


def test_scope_in_the_name_wins_over_the_scopes():
    from mmpretrain.models import LeNet5

    assert find_type('MODELS', 'mmpretrain.LeNet5', OURS, None) is LeNet5


def test_path_of_a_module_is_imported():
    assert find_type('MODELS', 'torch.nn.Linear', OURS, None) is nn.Linear


@pytest.mark.parametrize(
    ('registry', 'name', 'message'),
    [
        (
            'MODELS',
            'MLPP',
            r"'MLPP' is not in the registry MODELS of mmlesson\. Did you mean 'MLP'",
        ),
        ('MODELS', 'LeNet5', r"Did you mean 'mmpretrain\.LeNet5'"),
        ('MODELS', 'EMAHook', r"'EMAHook' is a hook, and cannot be used here"),
        ('MODELS', 'torch.nn.Linaer', r"torch\.nn has no 'Linaer'\. Did you mean 'Linear'"),
        ('MODELS', 'mmpretrian.LeNet5', r"'mmpretrian'.*Did you mean 'mmpretrain"),
        ('MODELS', 'mmlesson.MLPP', r"Did you mean 'mmlesson\.MLP'"),
    ],
)
def test_unknown_name_is_refused_with_the_nearest(registry, name, message):
    with pytest.raises(UnknownTypeError, match=message):
        find_type(registry, name, OURS, None)


def test_class_without_an_import_is_found_in_the_sources(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'nets').mkdir()
    (tmp_path / 'nets' / 'lookup_tall.py').write_text('class LookupTall:\n    pass\n')
    assert find_class('LookupTall', None) == tmp_path / 'nets/lookup_tall.py'
    with pytest.raises(UnknownTypeError, match=r"imports=\['nets\.lookup_tall'\]"):
        find_type('MODELS', 'LookupTall', OURS, None)


def test_module_that_fails_is_named_with_its_line(tmp_path, monkeypatch):
    (tmp_path / 'lookup_broken.py').write_text('x = 1\nraise OSError("no disk")\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownTypeError, match=r'lookup_broken\.py:2: OSError: no disk'):
        find_type('MODELS', 'lookup_broken.Net', OURS, None)


def test_sources_are_those_of_the_user(tmp_path):
    for name in (
        'a.py',
        'sub/b.py',
        '.hidden/c.py',
        'node_modules/d.py',
        'work_dirs/e.py',
        'f.txt',
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(file.name for file in python_files([tmp_path])) == ['a.py', 'b.py']


def test_cause_of_an_error_is_where_it_was_raised():
    try:
        try:
            {}['key']
        except KeyError as err:
            raise ValueError('outer') from err
    except ValueError as err:
        text = where(err)
    assert text.endswith("KeyError: 'key'")
    assert 'test_registry_lookup.py' in text
    assert sys.exc_info() == (None, None, None)
