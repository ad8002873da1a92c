"""Reading of image files that the tests write, against Pillow and NumPy."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest
import torch
from PIL import Image

from mmlesson.datasets.image_reading import (
    ImagesOnDemand,
    decode_all,
    mean_and_std_of,
    read_headers,
)
from mmlesson.errors import RunError

SHAPE = (3, 4, 6)


@pytest.fixture
def files(tmp_path):
    """Write 40 images of the size of a sample, more than one thread takes at a time."""
    rng = np.random.default_rng(0)
    paths = [tmp_path / f'{index:02}.png' for index in range(40)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)).save(path)
    return paths


def pixels_of(files):
    return np.stack([np.moveaxis(np.asarray(Image.open(file)), -1, 0) for file in files])


def test_header_has_the_hash_of_the_bytes_and_whether_the_file_is_grey(files, tmp_path):
    grey = tmp_path / 'grey.tif'
    Image.fromarray(np.full((4, 4), 999, np.uint16)).save(grey)
    colour, other = read_headers([files[0], grey])
    assert colour == (hashlib.sha256(files[0].read_bytes()).digest(), False, None)
    assert other == (hashlib.sha256(grey.read_bytes()).digest(), True, None)


def test_header_is_read_again_when_the_file_has_changed(files):
    before = read_headers(files[:1])
    files[0].write_bytes(files[1].read_bytes() + b'x')
    assert read_headers(files[:1]) != before


def test_faults_that_the_header_shows_are_named(tmp_path):
    names = ('empty.png', 'text.png', 'huge.png', 'pipe.png')
    empty, text, huge, pipe = paths = [tmp_path / name for name in names]
    empty.touch()
    text.write_text('no image')
    Image.new('1', (10_000, 9_000)).save(huge)  # 11 kB; 90 million pixels
    os.mkfifo(pipe)
    faults = [header.fault for header in read_headers([*paths, tmp_path / 'gone.png'])]
    expected = ('is empty', 'no image that can be', 'pixels', 'no regular file', 'No such file')
    for fault, words in zip(faults, expected, strict=True):
        assert words in fault


def test_all_images_are_decoded_in_order(files):
    images, faults = decode_all(files, SHAPE, keep=True)
    assert faults == {}
    assert images.dtype == torch.uint8
    np.testing.assert_array_equal(images.numpy(), pixels_of(files))


@pytest.mark.parametrize('keep', [True, False])
def test_images_that_cannot_be_decoded_are_left_out_and_named(files, keep):
    files[20].write_bytes(files[20].read_bytes()[:60])
    images, faults = decode_all(files, SHAPE, keep)
    assert list(faults) == [20]
    assert 'cannot be read' in faults[20]
    if keep:
        np.testing.assert_array_equal(images.numpy(), pixels_of([*files[:20], *files[21:]]))
    else:
        assert images is None


def test_images_on_demand_are_those_in_memory(files):
    lazy, rows = ImagesOnDemand(files, SHAPE), torch.tensor([3, 39, 3])
    assert lazy.shape == (40, 3, 4, 6)
    expected = pixels_of(files)[rows.numpy()]
    np.testing.assert_array_equal(lazy.index_select(0, rows).numpy(), expected)
    subset = lazy[rows]
    assert subset.shape == (3, 3, 4, 6)
    np.testing.assert_array_equal(subset.index_select(0, torch.arange(3)).numpy(), expected)


def test_image_that_was_removed_during_training_is_named(files):
    lazy = ImagesOnDemand(files, SHAPE)
    files[5].unlink()
    with pytest.raises(RunError, match=r'05\.png has changed since training started'):
        lazy.index_select(0, torch.tensor([5]))


def test_mean_and_deviation_are_those_of_numpy():
    images = np.random.default_rng(0).integers(0, 256, (300, 3, 4, 6), dtype=np.uint8)
    images[:, 1] = 9
    mean, std = mean_and_std_of(torch.from_numpy(images), 1 / 255)
    np.testing.assert_allclose(mean, (images / 255).mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(std[[0, 2]], (images / 255).std((0, 2, 3))[[0, 2]], rtol=1e-6)
    assert std[1] == 1
    assert mean.dtype == std.dtype == torch.float32
