"""Copies of configs that inherit from the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmlesson.config import LoadedConfig
from mmlesson.config.inheriting_copy import inheriting_copy


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def copy(name, folder, edit=lambda text: text):
    out = folder / 'mine.py'
    out.write_text(edit(inheriting_copy(name, out)), encoding='utf-8')
    return LoadedConfig.open(out)


def test_copy_has_the_values_of_the_original(here):
    original = LoadedConfig.open('cnn/cnn_digits')
    copied = copy('cnn/cnn_digits', here)
    assert copied.require_valid().fingerprint == original.fingerprint


def test_value_is_changed_by_removing_the_mark_of_its_line(here):
    def edit(text):
        line = '# train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)'
        return text.replace(line, line.removeprefix('# ').replace('100', '7'))

    config = copy('mlp_xor', here, edit).require_valid().config
    assert config.train_cfg.max_epochs == 7
    assert config.model.backbone.type == 'MLP'


def test_each_comment_can_be_uncommented_without_a_change(here):
    def edit(text):
        head, _, values = text.partition('does not name stays as it is.\n')
        return head + '\n' + '\n'.join(line.removeprefix('# ') for line in values.splitlines())

    original = LoadedConfig.open('mlp/mlp_moons').config.to_dict()
    edited = copy('mlp/mlp_moons', here, edit).require_valid().config.to_dict()
    assert edited['train_cfg'] == original['train_cfg']
    assert edited['optim_wrapper'] == original['optim_wrapper']
    assert edited['model'] == original['model']


def test_variables_of_the_bases_are_not_shown(here):
    """A change of them would have no effect, since the bases have already used them."""
    assert 'max_epochs = ' not in inheriting_copy('cnn/cnn_digits', here / 'mine.py')


@pytest.mark.parametrize(
    ('name', 'base'),
    [
        ('mlp_xor', 'mmlesson::mlp/mlp_xor.py'),
        ('mmlesson::mlp/mlp_xor.py', 'mmlesson::mlp/mlp_xor.py'),
        ('own/lesson.py', 'own/lesson.py'),
    ],
)
def test_base_is_named_so_that_it_is_found_again(here, name, base):
    Path('own').mkdir()
    Path('own/lesson.py').write_text("_base_ = ['mmlesson::mlp/mlp_xor.py']\n")
    assert f"_base_ = ['{base}']" in inheriting_copy(name, here / 'mine.py')
    assert copy(name, here).config.model.backbone.type == 'MLP'


def test_base_outside_of_the_folder_is_absolute(here):
    (here / 'new').mkdir()
    lesson = here / 'lesson.py'
    lesson.write_text('seed = 1\n')
    assert f"_base_ = ['{lesson.resolve().as_posix()}']" in inheriting_copy(
        lesson, here / 'new' / 'mine.py'
    )


def test_command_in_a_copy_can_be_pasted_into_a_shell(here):
    text = inheriting_copy('mlp_xor', Path('my copies', 'one.py'))
    assert "\n    mmlesson train 'my copies/one.py'\n" in text
