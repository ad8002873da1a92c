import pytest

from mmlesson.config.source_files import (
    base_names,
    late_variables,
    names_used,
    package_folder,
    resolve_config_path,
    shown,
    source_files,
)
from mmlesson.errors import UserError


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write_file(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write_file


def names(path):
    return [file.path.name for file in source_files(path)]


def test_bases_come_before_their_users_without_repetition(write):
    write('root.py', 'a = 1\n')
    write('left.py', "_base_ = 'root.py'\n")
    write('right.py', "_base_ = ['root.py']\n")
    top = write('top.py', "_base_ = ['left.py', 'right.py']\n")
    assert names(top) == ['root.py', 'left.py', 'right.py', 'top.py']


def test_base_names_may_be_computed(write):
    write('root.py', '')
    top = write('top.py', "_base_ = ['./' + name for name in ['root.py']]\n")
    assert base_names(source_files(top)[-1]) == [('./root.py', 1)]


def test_bases_are_beside_the_file(write):
    write('bases/root.py', '')
    top = write('lessons/top.py', "_base_ = '../bases/root.py'\n")
    assert names(top) == ['root.py', 'top.py']


def test_imports_of_read_base_are_bases(write):
    write('root.py', '')
    text = 'from mmengine.config import read_base\nwith read_base():\n    from .root import *\n'
    files = source_files(write('top.py', text))
    assert [file.path.name for file in files] == ['root.py', 'top.py']
    assert [file.is_lazy for file in files] == [False, True]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ("a = 1\n_base_ = 'roof.py'\n", r"top\.py:2: _base_ 'roof\.py' does not exist.*'root\.py'"),
        ("_base_ = 'top.py'\n", r"top\.py:1: _base_ 'top\.py' includes this file again"),
        ('a = (\n', r'top\.py:1: invalid Python'),
        ('_base_ = nothing\n', r'top\.py:1: _base_ cannot be read: NameError'),
    ],
)
def test_broken_file_is_named_with_its_line(write, text, message):
    write('root.py', '')
    with pytest.raises(UserError, match=message):
        source_files(write('top.py', text))


def test_names_that_a_file_uses_are_its_variables_and_those_of_its_bases(write):
    write('root.py', 'width = 1\n')
    text = "_base_ = 'root.py'\nsize = 3\na = [size, _base_.width]\nb = '{{_base_.depth}}'\n"
    assert {'size', 'width', 'depth'} <= names_used(source_files(write('top.py', text))[-1])


def test_variable_set_after_its_base_has_used_it_is_late(write):
    write('root.py', 'width = 1\nmodel = dict(width=width)\n')
    top = write('top.py', "_base_ = 'root.py'\nwidth = 2\n")
    assert late_variables(source_files(top)) == {'width': 'root.py'}


def test_path_with_a_package_is_one_of_its_configs():
    path = resolve_config_path('mmpretrain::resnet/resnet18_8xb16_cifar10.py')
    assert path.is_file()
    with pytest.raises(UserError, match="package 'mmpretrian' is not installed"):
        resolve_config_path('mmpretrian::x.py')
    assert package_folder('no_such_package') is None


def test_path_is_shown_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / 'a' / 'b.py') == 'a/b.py'
    assert shown(tmp_path.parent / 'b.py') == str(tmp_path.parent / 'b.py')
