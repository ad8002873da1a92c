from __future__ import annotations

import numpy as np
import pytest

from mmlesson.datasets.canvas_drawing import (
    INK,
    Digit,
    draw_canvas,
    instance_map,
    place_digits,
    resize,
)
from mmlesson.errors import ArgumentError


def square(size: int = 4) -> np.ndarray:
    return np.full((size, size), 255, np.uint8)


@pytest.fixture
def hook():
    """A digit of four pixels at (row, column) 1-3, 2 and 3, 1 of a square at column 10, row 20."""
    pixels = np.zeros((5, 5), np.uint8)
    pixels[1:4, 2] = 255
    pixels[3, 1] = INK
    pixels[0, 0] = INK - 1  # not ink
    return Digit(pixels, 7, left=10, top=20)


def test_box_has_the_edges_of_the_ink(hook):
    assert hook.box.tolist() == [11, 21, 13, 24]
    assert hook.box.dtype == np.float32


def test_keypoints_are_centres_of_extreme_pixels_and_their_mean(hook):
    top, bottom, left, right, centre = hook.keypoints.tolist()
    assert (top, left) == ([12.5, 21.5], [11.5, 23.5])
    assert bottom == [12.0, 23.5]  # the middle of two pixels
    assert right == [12.5, 22.5]  # the middle of three
    assert centre == [12.25, 22.75]


def test_placed_squares_are_inside_and_do_not_overlap():
    rng = np.random.RandomState(0)
    for _ in range(50):
        digits = place_digits([square(6), square(9), square(4)], [0, 1, 2], 20, rng)
        covered = np.zeros((20, 20), int)
        for digit in digits:
            covered[digit.place] += 1
        assert covered.sum() == 36 + 81 + 16
        assert covered.max() == 1


def test_all_free_places_are_used():
    rng = np.random.RandomState(0)
    tops = {place_digits([square(4)], [0], 6, rng)[0].top for _ in range(100)}
    assert tops == {0, 1, 2}


def test_digits_without_room_are_refused():
    with pytest.raises(ArgumentError, match=r'canvas of 8 pixels must have room.*5, 5 pixels'):
        place_digits([square(5), square(5)], [0, 1], 8, np.random.RandomState(0))


def test_resized_image_has_full_contrast():
    resized = resize(np.array([[0, 50], [100, 100]], np.uint8), 8)
    assert resized.shape == (8, 8)
    assert (resized.min(), resized.max()) == (0, 255)


def test_canvas_without_noise_is_the_digit_on_black(hook):
    drawn = draw_canvas([hook], 30, 0, np.random.RandomState(0))
    assert (drawn[20:25, 10:15] == hook.pixels).all()
    assert drawn.sum() == hook.pixels.sum(dtype=int)


def test_noise_has_the_given_deviation():
    grey = Digit(np.full((64, 64), 128, np.uint8), 0, 0, 0)
    drawn = draw_canvas([grey], 64, 0.05, np.random.RandomState(0))
    assert drawn.astype(float).mean() == pytest.approx(128, abs=1)
    assert drawn.astype(float).std() == pytest.approx(255 * 0.05, rel=0.05)


def test_instance_map_numbers_the_ink_of_each_digit(hook):
    other = Digit(square(2), 3, left=0, top=0)
    numbers = instance_map([hook, other], 30)
    assert (numbers == 1).sum() == 4
    assert (numbers[:2, :2] == 2).all()
    assert (numbers > 0).sum() == 8
