"""Image files against what NumPy says of their pixels."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image, features

from mmlesson.apis.inference.input_formats import ArrayFormat
from mmlesson.datasets.image_files import FORMATS, InputError, fit_image, is_grey, open_image

RAMP = np.linspace(0, 255, 16).round().astype(np.uint8).reshape(4, 4)


def saved(tmp_path, image, ending='tif'):
    file = tmp_path / f'image.{ending}'
    image.save(file)
    return file


def read(file):
    return np.asarray(open_image(file)[0])


def test_16_bits_keep_their_full_range(tmp_path):
    values = RAMP.astype(np.uint16) * 257
    for ending in ('tif', 'png'):
        np.testing.assert_array_equal(read(saved(tmp_path, Image.fromarray(values), ending)), RAMP)


def test_floats_from_zero_to_one_become_their_share_of_255(tmp_path):
    values = (RAMP / 255).astype(np.float32)
    np.testing.assert_array_equal(read(saved(tmp_path, Image.fromarray(values))), RAMP)


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        (np.full((4, 4), np.nan, np.float32), 'its floats must be 0 to 1, got nan'),
        (RAMP.astype(np.float32), 'its floats must be 0 to 1, got 0 to 255'),
        (np.full((4, 4), -0.5, np.float32), 'got -0.5 to -0.5'),
        (RAMP.astype(np.int32) * 2**20, "of the kind 'I', whose range"),
    ],
)
def test_values_without_a_known_range_are_refused(tmp_path, values, message):
    with pytest.raises(InputError, match=message):
        open_image(saved(tmp_path, Image.fromarray(values)))


def test_colours_that_pillow_cannot_convert_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"of the kind 'LAB'.*Save it as RGB or grey"):
        open_image(saved(tmp_path, Image.new('LAB', (4, 4))))


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'CMYK', 'YCbCr'])
@pytest.mark.parametrize('channels', [1, 3])
def test_every_mode_that_is_read_becomes_a_sample(tmp_path, mode, channels):
    white = Image.new('RGB', (4, 4), 'white').convert(mode)
    file = saved(tmp_path, white, 'jpg' if mode == 'YCbCr' else 'tif')
    sample = ArrayFormat('X', (channels, 4, 4), 1 / 255).read(file)
    np.testing.assert_allclose(sample, 1, atol=0.01)


def test_first_image_of_several_is_taken_and_noted(tmp_path):
    file = tmp_path / 'x.gif'
    pages = [Image.fromarray(np.full((4, 4), value, np.uint8)) for value in (255, 0)]
    pages[0].save(file, save_all=True, append_images=pages[1:])
    image, notes = open_image(file)
    assert notes == ['of files with several images, the first is taken']
    assert np.asarray(image.convert('L')).min() == 255


def test_postscript_is_no_image(tmp_path):
    file = saved(tmp_path, Image.fromarray(RAMP), 'eps')
    with pytest.raises(InputError, match=r'no image that can be read \(BMP, GIF'):
        open_image(file)


@pytest.mark.parametrize('kind', [kind for kind in FORMATS if kind != 'TGA'])
def test_every_format_is_read(tmp_path, kind):
    if kind == 'JPEG2000' and not features.check('jpg_2000'):
        pytest.skip('Pillow without JPEG 2000')
    file = tmp_path / 'x'
    Image.fromarray(np.full((16, 16, 3), 99, np.uint8)).save(file, kind)
    assert abs(int(np.asarray(open_image(file)[0].convert('RGB')).mean()) - 99) <= 2


def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'pipe.png')
    with pytest.raises(InputError, match='no regular file'):
        open_image(tmp_path / 'pipe.png')


@pytest.mark.parametrize('ending', ['png', 'tif', 'gif', 'jpg', 'bmp'])
def test_damaged_file_is_an_input_error_whatever_pillow_raises(tmp_path, ending):
    file = saved(tmp_path, Image.fromarray(RAMP.repeat(9, 0)), ending)
    whole, rng = file.read_bytes(), np.random.RandomState(0)
    for _ in range(60):
        damaged = bytearray(whole[: rng.randint(1, len(whole))])
        for place in rng.randint(0, len(damaged), 4):
            damaged[place] = rng.randint(256)
        file.write_bytes(damaged)
        assert read_or_refuse(file)


def read_or_refuse(file):
    """Return whether a file gives an image or an error of one line; other errors come through."""
    try:
        return open_image(file)[0].size > (0, 0)
    except InputError as err:
        return len(str(err).splitlines()) == 1


@pytest.mark.filterwarnings('ignore::PIL.Image.DecompressionBombWarning')
def test_image_that_would_fill_the_memory_is_refused_before_it_is_decoded(tmp_path):
    file = saved(tmp_path, Image.new('1', (10_000, 8_948)), 'png')  # 11 kB
    with pytest.raises(InputError, match=r'10000 x 8948 pixels, more than 89,478,485'):
        open_image(file)


@pytest.mark.parametrize(
    ('mode', 'expected'),
    [('L', True), ('LA', True), ('1', True), ('I;16', True), ('RGB', False), ('P', False)],
)
def test_grey_is_what_the_mode_of_a_file_says(mode, expected):
    assert is_grey(Image.new(mode, (2, 2))) is expected


def test_image_is_resized_as_a_whole_to_the_means_of_areas():
    pixels = np.arange(4 * 12 * 3, dtype=np.uint8).reshape(4, 12, 3)
    fitted, notes = fit_image(Image.fromarray(pixels), (3, 2, 3))
    means = pixels.astype(float).reshape(2, 2, 3, 4, 3).mean((1, 3))
    np.testing.assert_allclose(fitted, np.moveaxis(means, -1, 0), atol=0.51)
    assert notes == ['images of other sizes are resized to 2 x 3']


def test_transparent_pixels_become_black():
    pixels = np.full((2, 2, 4), 255, np.uint8)
    pixels[0, 0, 3] = 0
    fitted, notes = fit_image(Image.fromarray(pixels), (1, 2, 2))
    assert fitted.tolist() == [[[0, 255], [255, 255]]]
    assert notes[0] == 'what is transparent in images is taken for black'
