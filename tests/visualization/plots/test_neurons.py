import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.neurons import MAX_NEURONS, NeuronMaps, draw_neurons

EXTENT = (-1.0, 1.0, -1.0, 1.0)
MAPS = np.random.default_rng(0).normal(size=(3, 4, 4))


def shown(figure):
    return [axes.images[0] for axes in figure.axes if axes.images]


def test_each_neuron_is_a_map_on_one_scale():
    figure = draw_neurons(MAPS, EXTENT)
    limit = np.abs(MAPS).max()
    images = shown(figure)[:3]
    for image, values in zip(images, MAPS, strict=True):
        np.testing.assert_array_equal(image.get_array(), values)
        assert image.get_clim() == (-limit, limit)


def test_constant_neuron_is_labelled():
    maps = MAPS.copy()
    maps[1] = 0.3
    figure = draw_neurons(maps, EXTENT)
    assert [axes.get_xlabel() for axes in figure.axes[:3]] == ['', 'constant', '']


def test_scale_of_the_first_update_stays():
    maps = NeuronMaps(3, EXTENT)
    maps.update(MAPS)
    before = shown(maps.figure)[0].get_clim()
    maps.update(10 * MAPS)
    assert shown(maps.figure)[0].get_clim() == before


def test_neurons_beyond_the_first_are_counted_in_the_title():
    figure = draw_neurons(np.zeros((MAX_NEURONS + 4, 2, 2)), EXTENT)
    assert f'the first {MAX_NEURONS} of {MAX_NEURONS + 4}' in figure.get_suptitle()


def test_points_are_drawn_on_each_map():
    points = np.array([[0.0, 0.5], [0.1, -0.5]])
    figure = draw_neurons(MAPS, EXTENT, inputs=points)
    for axes in figure.axes[:3]:
        np.testing.assert_array_equal(axes.collections[0].get_offsets(), points)


@pytest.mark.parametrize('maps', [np.zeros((3, 4)), np.zeros((0, 2, 2))])
def test_wrong_maps_are_refused(maps):
    with pytest.raises(ArgumentError, match=r'draw_neurons\.activations must'):
        draw_neurons(maps, EXTENT)


def test_colour_bar_has_no_negative_part_if_no_activation_is_negative():
    maps = np.linspace(0, 3, 32).reshape(2, 4, 4)
    bar = draw_neurons(maps, (-1, 1, -1, 1)).axes[-1]
    assert bar.get_ylim() == (0, 3)
    assert draw_neurons(-maps, (-1, 1, -1, 1)).axes[-1].get_ylim() == (-3, 3)
