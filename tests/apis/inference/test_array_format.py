import numpy as np
import pytest
from PIL import Image

from mmlesson.apis.inference.array_format import ArrayFormat
from mmlesson.datasets.image_files import InputError

GREY = (1, 4, 4)


def grey(scale=1 / 16):
    return ArrayFormat('Digits', GREY, scale)


def saved(tmp_path, array, mode=None):
    file = tmp_path / 'image.png'
    Image.fromarray(array, mode).save(file)
    return file


def test_array_is_a_sample_or_a_batch():
    ones = np.ones((3, 4, 4), np.uint8)
    assert len(grey().split(ones)) == 3
    assert len(grey().split(ones[0])) == 1
    assert grey().split(ones[:, None])[0].shape == GREY


def test_integers_are_scaled_and_floats_are_unchanged():
    (whole,) = grey().split(np.full((4, 4), 8, np.uint8))
    (part,) = grey().split(np.full((4, 4), 0.5))
    assert np.array_equal(whole, np.full(GREY, 0.5))
    assert np.array_equal(part, whole)
    assert whole.dtype == np.float32


@pytest.mark.parametrize(
    ('array', 'message'),
    [
        (np.zeros((4, 5)), r'an array must have the shape \(1, 4, 4\) of a sample of Digits'),
        (np.full((4, 4), 'x'), 'an array must hold numbers'),
        (np.full((4, 4), np.inf), 'an array must hold finite float32 numbers'),
        (np.full((4, 4), 1e300), 'an array must hold finite float32 numbers'),
        (np.full((4, 4), 17), 'Digits has whole numbers 0 to 16, or floats 0 to 1; got int64 17'),
        (np.full((4, 4), 1.5), 'or floats 0 to 1; got float64 1.5'),
    ],
)
def test_array_of_another_form_is_refused(array, message):
    with pytest.raises(InputError, match=message):
        grey().split(array)


def test_image_is_resized_by_area_averaging(tmp_path):
    pixels = np.zeros((8, 8), np.uint8)
    pixels[:2, :2] = 255
    formatted = grey()
    sample = formatted.read(saved(tmp_path, pixels))
    expected = np.zeros(GREY)
    expected[0, 0, 0] = 1
    assert np.array_equal(sample, expected)
    assert list(formatted.notes) == ['images of other sizes are resized to 4 x 4']


def test_colour_image_becomes_grey_with_a_note(tmp_path):
    formatted = grey()
    sample = formatted.read(saved(tmp_path, np.full((4, 4, 3), 255, np.uint8)))
    assert np.array_equal(sample, np.ones(GREY))
    assert any('grey' in note for note in formatted.notes)


def test_image_that_holds_stored_values_is_not_scaled_again(tmp_path):
    pixels = np.full((4, 4), 16, np.uint8)
    assert np.array_equal(grey().read(saved(tmp_path, pixels)), np.ones(GREY))


def test_vectors_cannot_be_read_from_an_image(tmp_path):
    file = saved(tmp_path, np.zeros((4, 4), np.uint8))
    with pytest.raises(InputError, match='whose shape is'):
        ArrayFormat('XOR', (2,)).read(file)


def test_file_that_is_not_an_image_is_refused(tmp_path):
    (tmp_path / 'a.png').write_text('no image')
    with pytest.raises(InputError):
        grey().read(tmp_path / 'a.png')
