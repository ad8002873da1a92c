from __future__ import annotations

import numpy as np
from matplotlib.contour import ContourSet

from mmlesson.visualization.plots.loss_surface import draw_loss_surface
from mmlesson.visualization.plots.plane import plane_grid

EXTENT = (-2.0, 2.0, -1.0, 1.0)


def test_path_on_the_surface_is_that_of_the_optimizer():
    x, y = plane_grid(EXTENT, 30).reshape(30, 30, 2).transpose(2, 0, 1)
    path = np.array([[1.5, 0.8], [0.7, 0.3], [0.1, 0.05]])
    figure = draw_loss_surface(x**2 + y**2, EXTENT, path)
    drawn = [line.get_xydata() for line in figure.axes[0].lines]
    assert any(one.shape == path.shape and np.allclose(one, path) for one in drawn)


def marks(figure):
    """Return marker and position of each entry of the legend that is a point."""
    lines = [line for line in figure.axes[0].lines if line.get_marker() not in ('', 'None')]
    return {line.get_label(): (line.get_marker(), line.get_xydata().tolist()) for line in lines}


def test_path_ends_at_a_star_if_training_did():
    figure = draw_loss_surface(np.eye(4), EXTENT, [[1.5, 0.8], [0.1, 0.05]])
    assert marks(figure) == {
        'start': ('o', [[1.5, 0.8]]),
        'end of the path': ('*', [[0.1, 0.05]]),
    }


def test_star_is_at_the_weights_that_the_run_ended_with():
    path = [[1.5, 0.8], [0.1, 0.05]]
    figure = draw_loss_surface(np.eye(4), EXTENT, path, final=('epoch 3', 0.5, -0.5))
    assert marks(figure) == {
        'start': ('o', [[1.5, 0.8]]),
        'end of the path': ('s', [[0.1, 0.05]]),
        'final weights: epoch 3': ('*', [[0.5, -0.5]]),
    }


def test_contours_of_a_coarse_surface_are_smooth_and_near_the_true_ones():
    x, y = plane_grid(EXTENT, 17).reshape(17, 17, 2).transpose(2, 0, 1)
    figure = draw_loss_surface(x**2 + 4 * y**2 + 0.1, EXTENT, [[1.5, 0.8], [0.1, 0.05]])
    lines = [one for one in figure.axes[0].collections if isinstance(one, ContourSet)][1]
    for level, path in zip(lines.levels[4:-2], lines.get_paths()[4:-2], strict=True):
        x, y = path.vertices.T
        assert len(x) > 40
        np.testing.assert_allclose(x**2 + 4 * y**2 + 0.1, level, rtol=0.03)


def test_measured_part_of_the_plane_fills_the_axes():
    x, y = plane_grid(EXTENT, 17).reshape(17, 17, 2).transpose(2, 0, 1)
    axes = draw_loss_surface(x**2 + y**2, EXTENT, [[1.5, 0.8]]).axes[0]
    np.testing.assert_allclose(axes.get_xlim(), (x.min(), x.max()), rtol=1e-6)
    np.testing.assert_allclose(axes.get_ylim(), (y.min(), y.max()), rtol=1e-6)


def test_losses_that_are_not_finite_stay_white():
    losses = np.ones((17, 17)) + np.eye(17)
    losses[3, 3] = np.nan
    assert draw_loss_surface(losses, EXTENT, [[0.0, 0.0]]).axes
