from __future__ import annotations

import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.heat_maps import HeatMaps, draw_heat_maps

IMAGE = np.arange(48.0).reshape(1, 6, 8)
MAPS = np.random.RandomState(0).rand(2, 3, 4)


def test_maps_are_drawn_unchanged_on_the_scale_from_0_to_1():
    figure = draw_heat_maps(IMAGE, MAPS, ['top', 'left'], title='T')
    shown = [axes for axes in figure.axes if axes.get_title() in ('top', 'left')]
    for axes, values in zip(shown, MAPS, strict=True):
        (layer,) = axes.images
        assert np.array_equal(layer.get_array(), values)
        assert layer.get_clim() == (0, 1)
    assert figure.get_suptitle() == 'T'


def test_update_replaces_the_maps():
    maps = HeatMaps(IMAGE, ['top', 'left'])
    maps.update(MAPS, title='before')
    maps.update(1 - MAPS, title='after')
    assert np.array_equal(maps.figure.axes[1].images[0].get_array(), 1 - MAPS[0])
    assert maps.figure.get_suptitle() == 'after'


def test_number_of_maps_must_be_that_of_the_names():
    with pytest.raises(ArgumentError, match='maps must have the shape'):
        draw_heat_maps(IMAGE, MAPS, ['top'])
