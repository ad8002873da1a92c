import numpy as np
import pytest

from mmlesson.visualization.plots.image_grid import as_displayable, grid_shape, largest_size


@pytest.mark.parametrize(
    ('count', 'widest', 'shape'),
    [(1, 10, (1, 1)), (4, 10, (2, 2)), (5, 10, (2, 3)), (100, 10, (10, 10)), (36, 4, (9, 4))],
)
def test_grid_is_nearly_square_and_not_too_wide(count, widest, shape):
    assert grid_shape(count, widest) == shape
    assert shape[0] * shape[1] >= count


@pytest.mark.parametrize(
    ('values', 'size'), [([1, -3, 2], 3.0), ([0, 0], 1.0), ([np.nan, 2, -np.inf], 2.0), ([], 1.0)]
)
def test_largest_size_is_that_of_the_finite_values(values, size):
    assert largest_size(np.array(values, dtype=float)) == size


def test_grey_image_is_stretched_to_full_contrast():
    shown = as_displayable(np.array([[[2.0, 4.0], [6.0, 10.0]]]))
    np.testing.assert_allclose(shown, [[0, 0.25], [0.5, 1]])


def test_colour_image_has_its_channels_last():
    image = np.random.default_rng(0).uniform(size=(3, 4, 5))
    image[0, 0, 0], image[1, 1, 1] = 0, 1
    np.testing.assert_allclose(as_displayable(image), np.moveaxis(image, 0, -1))


def test_image_with_other_channels_shows_their_mean():
    assert as_displayable(np.stack([np.zeros((2, 2)), np.ones((2, 2))])).tolist() == [[0.5] * 2] * 2


def test_constant_image_is_black_not_nan():
    assert as_displayable(np.full((1, 2, 2), 7)).tolist() == [[0, 0], [0, 0]]
