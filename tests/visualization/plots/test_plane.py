import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.plane import cell_centres, plane_extent, plane_grid

EXTENT = (-2.0, 2.0, -1.0, 1.0)


def test_extent_is_padded_by_a_share_of_the_larger_side():
    points = np.array([[0.0, 0.0], [4.0, 1.0]])
    assert plane_extent(points, margin=0.25) == (-1.0, 5.0, -1.0, 2.0)


def test_cells_have_their_points_at_the_centres():
    x, y = cell_centres(EXTENT, 2, 4)
    np.testing.assert_allclose(x, [-1.5, -0.5, 0.5, 1.5])
    np.testing.assert_allclose(y, [-0.5, 0.5])


def test_too_small_grid_is_refused():
    with pytest.raises(ArgumentError, match=r'plane_grid\.size must be'):
        plane_grid(EXTENT, 1)
