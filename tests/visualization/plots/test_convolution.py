"""A convolution step by step against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import correlate2d

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.convolution import animate_convolution, draw_convolution

RNG = np.random.default_rng(0)
IMAGE, KERNEL = RNG.normal(size=(5, 6)), RNG.normal(size=(3, 3))
OUTPUT = correlate2d(IMAGE, KERNEL, mode='valid')  # (3, 4)


def shown(axes):
    return np.ma.filled(axes.images[0].get_array().astype(float), np.nan)


def test_row_shows_window_kernel_products_and_the_output_so_far():
    figure = draw_convolution(IMAGE, KERNEL, OUTPUT, [(1, 2)])
    image, window, kernel, products, output = figure.axes
    np.testing.assert_allclose(shown(image), IMAGE)
    np.testing.assert_allclose(shown(window), IMAGE[1:4, 2:5])
    np.testing.assert_allclose(shown(kernel), KERNEL)
    np.testing.assert_allclose(shown(products), IMAGE[1:4, 2:5] * KERNEL)
    assert shown(products).sum() == pytest.approx(OUTPUT[1, 2])
    np.testing.assert_allclose(shown(output).ravel()[:7], OUTPUT.ravel()[:7])
    assert np.isnan(shown(output).ravel()[7:]).all()
    assert output.get_xlabel() == f'{OUTPUT[1, 2]:.2f}'


def test_bias_is_added_below_the_output():
    figure = draw_convolution(IMAGE, KERNEL, OUTPUT - 0.5, [(0, 0)], bias=-0.5)
    total = f'{OUTPUT[0, 0]:.2f}'
    assert figure.axes[3].get_xlabel() == f'sum {total}'
    assert figure.axes[4].get_xlabel() == f'{total} - 0.50 = {OUTPUT[0, 0] - 0.5:.2f}'


def test_window_moves_by_the_stride():
    figure = draw_convolution(IMAGE, KERNEL, OUTPUT[::2, ::2], [(1, 1)], stride=(2, 2))
    np.testing.assert_allclose(shown(figure.axes[1]), IMAGE[2:5, 2:5])
    assert figure.axes[0].patches[0].get_xy() == (1.5, 1.5)


def test_film_has_a_frame_for_each_pixel():
    film = animate_convolution(IMAGE, KERNEL, OUTPUT, [(0, 0), (0, 1), (2, 3)])
    assert film.captions[-1] == 'row 3, column 4 of the output'
    assert len(film) == 3


@pytest.mark.parametrize(
    ('output', 'pixels', 'message'),
    [
        (OUTPUT[:2], [(0, 0)], r'output must have the shape \(3, 4\)'),
        (OUTPUT, [(3, 0)], r'pixels must be within the output of 3 x 4, got \(3, 0\)'),
        (OUTPUT, [], 'pixels must not be empty'),
    ],
)
def test_steps_that_do_not_exist_are_refused(output, pixels, message):
    with pytest.raises(ArgumentError, match=message):
        draw_convolution(IMAGE, KERNEL, output, pixels)
