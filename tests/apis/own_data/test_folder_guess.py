"""Guess of a config for a folder of images."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mmlesson.apis.own_data.folder_guess import guess_folder
from mmlesson.errors import ArgumentError, RunError

RNG = np.random.RandomState(0)


def write(root, sizes, grey=True, mode='L', classes=('a', 'b')):
    """Write an image of each (height, width) into each class."""
    for name in classes:
        (root / name).mkdir(parents=True, exist_ok=True)
        for place, (height, width) in enumerate(sizes):
            pixels = RNG.randint(0, 256, (height, width, 1 if grey else 3)).astype(np.uint8)
            image = Image.fromarray(np.repeat(pixels, 3, 2) if grey else pixels)
            image.convert(mode).save(root / name / f'{place}.png')
    return root


@pytest.mark.parametrize(
    ('sizes', 'expected'),
    [
        ([(28, 28)] * 8, (28, 28)),
        ([(20, 30)] * 5 + [(400, 10)], (20, 30)),
        ([(200, 100)] * 8, (64, 32)),
        ([(1000, 10)] * 8, (64, 8)),
    ],
)
def test_size_is_the_median_up_to_a_bound(tmp_path, sizes, expected):
    found = guess_folder(write(tmp_path / 'images', sizes))
    assert f'    size={expected},' in found.lines
    assert f'        image_size={expected},' in found.lines


@pytest.mark.parametrize(
    ('grey', 'mode', 'channels'), [(True, 'L', 1), (True, 'RGB', 1), (False, 'RGB', 3)]
)
def test_channels_are_those_of_the_pixels(tmp_path, grey, mode, channels):
    found = guess_folder(write(tmp_path / 'images', [(12, 12)] * 8, grey, mode))
    assert f'    channels={channels},' in found.lines
    assert f'        in_channels={channels},' in found.lines


def test_files_that_cannot_be_read_are_skipped_with_a_note(tmp_path):
    root = write(tmp_path / 'images', [(12, 12)] * 8)
    (root / 'a' / 'broken.png').write_bytes(b'no image')
    found = guess_folder(root)
    assert "    unreadable='skip'," in found.lines
    assert any('broken.png' in note for note in found.notes)


def test_folder_without_classes_or_images_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match='has one class folder'):
        guess_folder(write(tmp_path / 'one', [(8, 8)] * 4, classes=('a',)))
    for name in ('a', 'b'):
        (tmp_path / 'texts' / name).mkdir(parents=True)
        (tmp_path / 'texts' / name / 'x.txt').write_text('x')
    with pytest.raises(RunError, match='no image that can be read'):
        guess_folder(tmp_path / 'texts')


def test_too_few_images_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r'empty|too few'):
        guess_folder(write(tmp_path / 'few', [(8, 8)]))


def test_files_that_are_left_out_are_counted_in_a_note(tmp_path):
    root = write(tmp_path / 'images', [(12, 12)] * 8)
    for name in ('a/1.heic', 'b/2.heic', 'stray.png'):
        (root / name).touch()
    notes = guess_folder(root).notes
    assert 'left out: 2 .heic, 1 outside of class folders' in notes


@pytest.mark.parametrize(
    ('side', 'note'), [(12, 'as in the files'), (4, 'the files have 4 x 4'), (99, 'the files have')]
)
def test_size_is_compared_with_that_of_the_files(tmp_path, side, note):
    notes = guess_folder(write(tmp_path / 'images', [(side, side)] * 8)).notes
    assert f' pixels; {note}' in notes[0]


def test_files_that_leave_a_class_empty_are_named(tmp_path):
    root = write(tmp_path / 'images', [(12, 12)] * 8)
    (root / 'link').symlink_to(root / 'a')
    with pytest.raises(RunError, match='link: it is a link, not a folder'):
        guess_folder(root)
