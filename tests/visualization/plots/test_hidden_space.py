from __future__ import annotations

import numpy as np
from matplotlib.collections import PathCollection

from mmlesson.visualization import (
    draw_points,
)


def test_points_are_drawn_at_their_coordinates():
    points = np.random.RandomState(0).randn(30, 2)
    figure = draw_points(points, np.arange(30) % 3, axis_labels=('u', 'v'))
    (axes,) = figure.axes
    (drawn,) = [one for one in axes.collections if isinstance(one, PathCollection)]
    np.testing.assert_allclose(drawn.get_offsets(), points)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('u', 'v')
