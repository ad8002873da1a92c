"""Image files of folders that the tests write; the files need not be images to be listed."""

from __future__ import annotations

import os
import sys
import unicodedata

import pytest

from mmlesson.datasets.image_listing import is_hidden, list_classes, list_images, shown
from mmlesson.errors import ArgumentError


def touch(root, *names):
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return root


def test_each_folder_is_a_class_and_files_may_be_in_folders_below(tmp_path):
    listing = list_images(touch(tmp_path, 'dog/b.png', 'dog/old/a.JPG', 'cat/x.png'))
    assert listing.classes == ('cat', 'dog')
    assert listing.files == [('cat/x.png', 0, ''), ('dog/b.png', 1, ''), ('dog/old/a.JPG', 1, '')]


def test_folders_of_splits_have_the_same_classes(tmp_path):
    names = [f'{split}/{name}/1.png' for split in ('val', 'train') for name in ('b', 'a')]
    listing = list_images(touch(tmp_path, *names))
    assert listing.classes == ('a', 'b')
    assert [file.split for file in listing.files] == ['train', 'train', 'val', 'val']
    assert [file.label for file in listing.files] == [0, 1, 0, 1]


def test_train_without_folders_is_a_class(tmp_path):
    assert list_classes(touch(tmp_path, 'train/1.png', 'car/1.png')) == ('car', 'train')


@pytest.mark.parametrize(
    ('names', 'order'),
    [(('10', '9', '2'), ('2', '9', '10')), (('10', '9', 'b'), ('10', '9', 'b'))],
)
def test_classes_are_sorted_by_number_if_all_are_numbers(tmp_path, names, order):
    assert list_classes(touch(tmp_path, *(f'{name}/1.png' for name in names))) == order


def test_class_names_of_any_script_are_composed(tmp_path):
    decomposed = unicodedata.normalize('NFD', 'é')
    touch(tmp_path, f'train/{decomposed}/1.png', 'train/猫/1.png', 'val/é/1.png', 'val/猫/1.png')
    listing = list_images(tmp_path)
    assert listing.classes == ('é', '猫')
    assert len(listing.files) == 4


def test_other_and_hidden_files_are_counted(tmp_path):
    touch(tmp_path, 'a/1.png', 'b/1.png', 'a/Thumbs.db', 'a/.DS_Store', 'b/notes.txt', 'b/LICENSE')
    touch(tmp_path, '.git/x.png', '__MACOSX/a/1.png', 'a/.cache/1.png')
    listing = list_images(tmp_path)
    assert listing.classes == ('a', 'b')
    assert [file.path for file in listing.files] == ['a/1.png', 'b/1.png']
    assert listing.ignored == {'hidden': 2, '.txt': 1, 'no suffix': 1}


def test_links_are_followed_to_files_within_the_root_only(tmp_path):
    root = touch(tmp_path / 'root', 'a/1.png', 'b/1.png')
    touch(tmp_path, 'secret.png', 'far/x.png')
    (root / 'a/inside.png').symlink_to(root / 'b/1.png')
    (root / 'a/outside.png').symlink_to(tmp_path / 'secret.png')
    (root / 'a/loop').symlink_to(root)
    (root / 'c').symlink_to(tmp_path / 'far')
    listing = list_images(root)
    assert [file.path for file in listing.files] == ['a/1.png', 'a/inside.png', 'b/1.png']
    assert listing.unusable == {
        'a/loop': 'it is a link to a folder; copy the folder.',
        'a/outside.png': 'it is a link out of the folder; copy the file.',
        'c': 'it is a link, not a folder; copy the files.',
    }


def test_root_itself_may_be_a_link(tmp_path):
    touch(tmp_path / 'real', 'a/1.png', 'b/1.png')
    (tmp_path / 'link').symlink_to(tmp_path / 'real')
    assert len(list_images(tmp_path / 'link').files) == 2


@pytest.mark.parametrize(
    ('names', 'message'),
    [
        ((), r"root '.*' does not exist\. Expected is root/<class>/<images>, which is split"),
        (('1.png',), 'has no class folder'),
        (('a/1.png',), "has one class folder, 'a'"),
        (
            ('train/a/1', 'train/b/1', 'valid/a/1'),
            r"split train and also the folder 'valid'\. Did you mean 'val'\? Rename or move it",
        ),
        (
            ('Train/a/1', 'Train/b/1', 'seg_test/a/1', 'Validation/b/1'),
            "splits, not classes. Rename 'Train' to 'train', 'Validation' to 'val', 'seg_test' to",
        ),
        (('val/a/1', 'val/b/1', 'test/a/1'), "splits, not classes. Add a folder 'train'"),
        (
            ('train/a/1', 'train/aa/1', 'train/b/1', 'val/a/1', 'val/c/1'),
            r"val has no 'aa', 'b' and train has no 'c'\. Rename them",
        ),
    ],
)
def test_folder_in_another_layout_is_refused(tmp_path, names, message):
    with pytest.raises(ArgumentError, match=message):
        list_images(touch(tmp_path / 'root', *names))


def test_folders_named_after_splits_that_hold_images_are_classes(tmp_path):
    assert list_classes(touch(tmp_path, 'Train/1.png', 'test/1.png')) == ('Train', 'test')


def test_folders_whose_names_are_equal_when_composed_are_refused(tmp_path):
    names = [unicodedata.normalize(form, 'é/1.png') for form in ('NFC', 'NFD')]
    with pytest.raises(ArgumentError, match=r"two folders 'é', which differ .* Join them"):
        list_images(touch(tmp_path, 'a/1.png', *names))


@pytest.mark.parametrize('split', ['', 'train/'])
def test_images_outside_of_class_folders_are_counted(tmp_path, split):
    names = ('stray.JPG', '.hidden.png', 'readme.txt', 'a/1.png', 'b/1.png')
    listing = list_images(touch(tmp_path, *(split + name for name in names)))
    assert listing.ignored == {'outside of class folders': 1}


def test_one_class_is_enough_if_that_is_asked_for(tmp_path):
    assert list_images(touch(tmp_path, 'a/1.png'), least_classes=1).classes == ('a',)


def test_file_is_no_root(tmp_path):
    with pytest.raises(ArgumentError, match='is no folder'):
        list_images(touch(tmp_path, 'a.zip') / 'a.zip')


@pytest.mark.skipif(sys.platform != 'linux', reason='other systems have no such names')
def test_class_that_is_not_utf_8_is_refused_and_its_name_can_be_printed(tmp_path):
    touch(tmp_path, 'a/1.png')
    os.mkdir(os.fsencode(tmp_path) + b'/\xff')
    with pytest.raises(ArgumentError, match=r'class folder \\udcff is not UTF-8'):
        list_images(tmp_path)
    assert shown('\udcff猫') == '\\udcff猫'


@pytest.mark.parametrize('name', ['.DS_Store', 'Thumbs.db', 'desktop.ini', '__MACOSX', '._a.png'])
def test_files_of_a_system_are_hidden(name):
    assert is_hidden(name)
    assert not is_hidden(name.strip('._') + '.png')
