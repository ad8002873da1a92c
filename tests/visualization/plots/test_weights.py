import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.weights import MAX_SIDE, WeightImages, draw_weights

RNG = np.random.default_rng(0)


def shown(figure):
    return [axes.images[0] for axes in figure.axes if axes.images]


def test_each_output_is_an_image_on_one_scale():
    weights = RNG.normal(size=(4, 1, 5, 5))
    limit = np.abs(weights).max()
    for image, values in zip(shown(draw_weights(weights))[:4], weights, strict=True):
        np.testing.assert_array_equal(image.get_array(), values[0])
        assert image.get_clim() == (-limit, limit)


def test_outputs_that_are_classes_have_their_names():
    figure = draw_weights(RNG.normal(size=(2, 1, 3, 3)), classes=['cat', 'dog'])
    assert [axes.get_title() for axes in figure.axes[:2]] == ['cat', 'dog']


def test_too_long_names_become_the_numbers_of_all_classes():
    figure = draw_weights(RNG.normal(size=(64, 1, 3, 3)), classes=['x' * 16] + ['a'] * 63)
    assert [axes.get_title() for axes in figure.axes[:64]] == [str(i) for i in range(64)]


def test_three_channels_are_colours_with_grey_for_zero():
    weights = np.zeros((1, 3, 2, 2))
    weights[0, 0, 0, 0] = 2.0
    colors = shown(draw_weights(weights))[0].get_array()
    assert colors[1, 1].tolist() == [0.5, 0.5, 0.5]
    assert colors[0, 0].tolist() == [1.0, 0.5, 0.5]


def test_other_channels_are_a_table_of_outputs_by_inputs():
    weights = RNG.normal(size=(MAX_SIDE + 1, 2, 3, 3))
    figure = draw_weights(weights)
    images = shown(figure)
    np.testing.assert_array_equal(images[0].get_array(), weights[0, 0])
    np.testing.assert_array_equal(images[1].get_array(), weights[0, 1])
    assert f'{MAX_SIDE} of {MAX_SIDE + 1} outputs, 2 of 2 inputs' in figure.get_suptitle()


def test_scale_of_the_first_update_stays():
    images = WeightImages((2, 1, 3, 3))
    images.update(np.ones((2, 1, 3, 3)))
    images.update(np.full((2, 1, 3, 3), 9.0))
    assert shown(images.figure)[0].get_clim() == (-1, 1)


def test_weights_of_another_shape_are_refused():
    with pytest.raises(ArgumentError, match=r'draw_weights\.weights must have the shape \(K, C'):
        draw_weights(np.zeros((2, 3)))
