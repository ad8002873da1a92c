"""Variables of config files, set on the command line."""

from __future__ import annotations

import textwrap

import pytest
from paths import CONFIGS

from mmlesson.config import LoadedConfig
from mmlesson.errors import UserError

ROOTS = [f'{split}_dataloader.dataset.root' for split in ('train', 'val', 'test')]


def write(folder, name: str, text: str):
    file = folder / name
    file.write_text(textwrap.dedent(text), encoding='utf-8')
    return file


@pytest.fixture
def base(tmp_path):
    return write(
        tmp_path,
        'base.py',
        """
        data_root = 'data'
        sizes = (1, 2)
        model = dict(type='A', path=f'{data_root}/x', sizes=sizes, sources=[dict(at=data_root)])
        """,
    )


def values(file, **options):
    return LoadedConfig.open(file, {k.replace('__', '.'): v for k, v in options.items()})


@pytest.mark.parametrize('name', ['cnn_folder', 'mlp_folder'])
def test_lesson_is_pointed_at_another_folder_by_one_option(name):
    if name == 'mlp_folder':
        loaded = values(CONFIGS / 'mlp/mlp_folder.py', data_root='mine')
    else:
        loaded = values(CONFIGS / 'cnn/cnn_folder.py', data_root='mine')
    found = {key.partition('_')[0]: loaded.config[key].dataset.root for key in loaders(loaded)}
    assert found == dict.fromkeys(('train', 'val', 'test'), 'mine')
    assert [loaded.provenance.source(key) for key in ROOTS] == ['command line'] * 3


def loaders(loaded):
    return [key for key in loaded.config if key.endswith('_dataloader')]


def test_all_that_is_computed_from_a_variable_follows(base):
    model = values(base, data_root='mine').config.model
    assert (model.path, model.sources[0].at) == ('mine/x', 'mine')
    assert model.sizes == (1, 2)


def test_variable_of_a_base_reaches_the_file_that_reads_it(tmp_path, base):
    child = write(
        tmp_path,
        'child.py',
        """
        _base_ = ['base.py']
        model = dict(other={{_base_.data_root}})
        """,
    )
    model = values(child, data_root='mine').config.model
    assert (model.path, model.other) == ('mine/x', 'mine')


def test_variable_that_a_file_sets_over_its_base_gets_one_value(tmp_path, base):
    child = write(
        tmp_path,
        'child.py',
        """
        _base_ = ['base.py']
        data_root = 'late'
        extra = dict(root=data_root)
        """,
    )
    config = values(child, data_root='mine').config
    assert (config.model.path, config.extra.root, config.data_root) == ('mine/x', 'mine', 'mine')


def test_sequence_is_replaced_as_one_value(base):
    loaded = values(base, sizes=[3, 4])
    assert loaded.config.model.sizes == (3, 4)  # of the kind that it has in the file
    assert loaded.provenance.source('model.sizes') == 'command line'


def test_part_of_a_variable_is_set_where_the_variable_is_used():
    loaded = values(CONFIGS / 'cnn/cnn_digits_augmented.py', augment__0__degrees=3)
    (affine,) = loaded.config.model.data_preprocessor.augment
    assert (affine.degrees, affine.pixels) == (3, 0.5)


def test_dict_with_fewer_keys_replaces_the_whole(tmp_path):
    file = write(tmp_path, 'c.py', 'data = dict(a=1, b=2)\nmodel = dict(data=data)')
    assert values(file, data={'a': 3}).config.model.data.to_dict() == {'a': 3}


def test_explicit_option_wins(base):
    config = values(base, data_root='mine', model__path='other').config
    assert (config.model.path, config.model.sources[0].at) == ('other', 'mine')


def test_value_that_a_file_sets_over_the_variable_stays(tmp_path, base):
    child = write(tmp_path, 'child.py', "_base_ = ['base.py']\nmodel = dict(path='own')")
    model = values(child, data_root='mine').config.model
    assert (model.path, model.sources[0].at) == ('own', 'mine')


def test_variable_can_be_set_after_other_options(base):
    loaded = values(base, model__type='B')
    loaded.merge({'data_root': 'mine'})
    assert (loaded.config.model.type, loaded.config.model.path) == ('B', 'mine/x')


def test_same_value_is_accepted(base):
    assert values(base, data_root='data').config.model.path == 'data/x'


def test_variable_within_a_function_is_not_touched(tmp_path):
    file = write(
        tmp_path,
        'c.py',
        """
        size = 1
        def double():
            size = 5
            return 2 * size
        model = dict(size=size, double=double())
        """,
    )
    model = values(file, size=3).config.model
    assert (model['size'], model.double) == (3, 10)


def test_value_with_which_the_file_fails_is_a_mistake_of_the_option(tmp_path):
    file = write(tmp_path, 'c.py', 'width = 2\nmodel = dict(width=width / 2)')
    with pytest.raises(UserError, match=r'--cfg-options width: .*c\.py:2: TypeError'):
        values(file, width='two')


def test_unknown_part_of_a_variable_is_refused(base):
    with pytest.raises(UserError, match=r'--cfg-options sizes\.0\.x: .*base\.py:3: TypeError'):
        values(base, sizes__0__x=1)


def test_variable_that_nothing_uses_is_refused(tmp_path):
    file = write(tmp_path, 'c.py', 'note = 1\nmodel = dict(width=2)')
    with pytest.raises(UserError, match=r'note is a variable .* no key is computed from it'):
        values(file, note=2)


def test_variable_without_which_a_key_is_not_set_is_refused(tmp_path):
    file = write(
        tmp_path,
        'a.py',
        """
        tests = True
        optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
        if tests:
            test_after_train = True
        """,
    )
    with pytest.raises(UserError, match='tests: test_after_train would not be set'):
        values(file, tests=False)
