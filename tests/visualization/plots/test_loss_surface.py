from __future__ import annotations

import numpy as np

from mmlesson.visualization.plots.loss_surface import draw_loss_surface
from mmlesson.visualization.plots.plane import plane_grid

EXTENT = (-2.0, 2.0, -1.0, 1.0)


def test_path_on_the_surface_is_that_of_the_optimizer():
    x, y = plane_grid(EXTENT, 30).reshape(30, 30, 2).transpose(2, 0, 1)
    path = np.array([[1.5, 0.8], [0.7, 0.3], [0.1, 0.05]])
    figure = draw_loss_surface(x**2 + y**2, EXTENT, path)
    drawn = [line.get_xydata() for line in figure.axes[0].lines]
    assert any(one.shape == path.shape and np.allclose(one, path) for one in drawn)
