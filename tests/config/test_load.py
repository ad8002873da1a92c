"""Reading configs: what is merged, what is refused, what decides a result."""

from __future__ import annotations

import gc
import threading
import warnings
from pathlib import Path

import mmengine.config.config
import pytest

from mmlesson.config import LoadedConfig, fingerprint, load_config, parse_options
from mmlesson.config.load import read_values
from mmlesson.errors import UserError


def config(folder: Path, text: str, name: str = 'lesson.py') -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_options_are_merged_last(tmp_path):
    config(tmp_path, 'resume = False\nauto_scale_lr = dict(enable=False, base=3)\n', 'base.py')
    file = config(tmp_path, "_base_ = ['base.py']\nresume = True\n")
    loaded = load_config(file, {'auto_scale_lr.enable': True})
    assert loaded.to_dict() == {'resume': True, 'auto_scale_lr': {'enable': True, 'base': 3}}


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('a = (1\n', r'lesson\.py:1: invalid Python \(.*\): a = \(1'),
        ("\n_base_ = ['lesson.py']\n", r'lesson\.py:2: .* build on each other in a cycle'),
        ("\n\n_base_ = ['missing.py']\n", r"lesson\.py:3: _base_ 'missing\.py' does not exist"),
        ("_base_ = [f'{none}.py']\n", r'lesson\.py:1: _base_ cannot be read: NameError'),
        ('a = 3\nb = a / 0\n', r'cannot be read: .*lesson\.py:2: ZeroDivisionError'),
    ],
)
def test_config_that_cannot_be_read_is_reported_in_one_line(tmp_path, text, message):
    with pytest.raises(UserError, match=message) as raised:
        load_config(config(tmp_path, text))
    assert str(tmp_path / 'lesson.py') in str(raised.value)
    assert '\n' not in str(raised.value)
    del raised
    with warnings.catch_warnings():  # mmengine leaves the files of a circle open
        warnings.simplefilter('ignore', ResourceWarning)
        gc.collect()


def test_missing_config_suggests_its_neighbour(tmp_path):
    config(tmp_path, 'a = 1\n', 'mlp_digits.py')
    with pytest.raises(UserError, match=r'Did you mean .*mlp_digits\.py\?'):
        load_config(tmp_path / 'mlp_digit.py')


def test_missing_config_is_not_looked_for_in_hidden_folders_or_deep_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ('.venv', 'a/b'):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / 'where.py').write_text('')
    with pytest.raises(UserError, match=r'no config at nowhere\.py\.$'):
        load_config('nowhere.py')
    (tmp_path / 'a' / 'where.py').write_text('')
    with pytest.raises(UserError, match=r'Did you mean a/where\.py\?$'):
        load_config('nowhere.py')


def test_fingerprint_depends_only_on_what_affects_the_result(tmp_path):
    text = "lr = 0.1\nwork_dir = 'a'\ndefault_hooks = dict(visualization=dict(films=[]))\n"
    one = load_config(config(tmp_path, text))
    same = load_config(config(tmp_path, text), {'work_dir': 'b', 'resume': True})
    seen = load_config(config(tmp_path, text), {'default_hooks.visualization.films': ['neurons']})
    other = load_config(config(tmp_path, text), {'+lr': 0.2})
    assert fingerprint(one) == fingerprint(same) == fingerprint(seen) != fingerprint(other)


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('3', 3),
        ('0.1', 0.1),
        ('1e-3', 1e-3),
        ('True', True),
        ('false', False),
        ('None', None),
        ('(8,)', (8,)),
        ('()', ()),
        ('[1, 2]', [1, 2]),
        ('1,2', [1, 2]),
        ('ReLU', 'ReLU'),
        ('"3"', '3'),
        ('a,b', ['a', 'b']),
        ("dict(type='A')", {'type': 'A'}),
        ('a=b', 'a=b'),
    ],
)
def test_option_keeps_the_kind_of_its_value(text, value):
    (read,) = parse_options([f'key={text}']).values()
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize('pair', ['key', '=3', ''])
def test_option_without_key_or_value_is_refused(pair):
    with pytest.raises(UserError, match='takes KEY=VALUE, got'):
        parse_options([pair])


def test_no_options_are_no_changes():
    assert parse_options(None) == {}


@pytest.mark.parametrize('name', ['mlp/mlp_xor', 'mlp_xor', 'mmlesson::mlp/mlp_xor.py'])
def test_shipped_config_is_read_by_its_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert load_config(name).model.backbone.type == 'MLP'


@pytest.mark.parametrize('name', ['mlp_xr', 'mlp/mlp_xr', 'mlp/mlp_xr.py'])
def test_misspelt_name_of_a_shipped_config_is_corrected(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r'no config at .* Did you mean mlp/mlp_xor\?'):
        load_config(name)


def test_base_of_the_own_package_adds_nothing(tmp_path):
    """Not its scope either, so that the config is the same as its base."""
    inherits = config(tmp_path, "_base_ = ['mmlesson::mlp/mlp_xor.py']\n")
    assert load_config(inherits).to_dict() == load_config('mlp/mlp_xor').to_dict()


def test_collate_function_of_a_base_of_another_package_has_its_scope(tmp_path):
    """The function would get ``_scope_`` as an argument."""
    text = "_base_ = ['mmlesson::mlp/mlp_xor.py']\ndefault_scope = 'mmpretrain'\n"
    loaded = load_config(config(tmp_path, text))
    assert loaded.model._scope_ == 'mmlesson'  # what the base names is looked up there
    assert loaded.train_dataloader.collate_fn == {'type': 'mmlesson.lesson_collate'}
    text += "train_dataloader = dict(collate_fn=dict(type='default_collate'))\n"
    collate = load_config(config(tmp_path, text)).train_dataloader.collate_fn
    assert collate == {'type': 'mmlesson.default_collate'}


def test_config_that_exits_is_a_mistake_in_it(tmp_path):
    file = config(tmp_path, 'import sys\nsys.exit(3)\n')
    with pytest.raises(UserError, match=r'lesson\.py:2: SystemExit: 3'):
        load_config(file)


def test_int_that_python_cannot_turn_into_text_is_a_mistake(tmp_path):
    issues = LoadedConfig.open(config(tmp_path, 'x = 10**5000\n')).issues()
    assert [str(issue.path) for issue in issues] == ['x']
    assert 'Got a very large int' in issues[0].message


def test_threads_that_read_at_the_same_time_leave_mmengine_as_it_was(tmp_path):
    before = mmengine.config.config.RemoveAssignFromAST
    slow = 'import time\ntime.sleep({})\na = 1\n'
    files = [config(tmp_path, slow.format(pause), f'after_{pause}.py') for pause in (0.3, 0.5)]
    threads = [threading.Thread(target=read_values, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mmengine.config.config.RemoveAssignFromAST is before
