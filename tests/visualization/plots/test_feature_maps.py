import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.feature_maps import MAX_MAPS, draw_feature_maps, draw_saliency
from mmlesson.visualization.plots.style import DIVERGING, SEQUENTIAL

IMAGE = np.arange(16.0).reshape(1, 4, 4)
RNG = np.random.default_rng(0)


def images_of(figure):
    return [axes.images for axes in figure.axes]


def test_each_layer_is_a_row_of_its_maps_on_its_own_scale():
    positive, signed = RNG.uniform(0, 3, (2, 4, 4)), RNG.normal(size=(3, 2, 2))
    figure = draw_feature_maps(IMAGE, {'conv 1': positive, 'conv 2': signed})
    shown = [images[0] for images in images_of(figure) if images]
    assert len(shown) == 1 + 2 + 3
    np.testing.assert_array_equal(shown[0].get_array(), IMAGE[0] / 15)
    np.testing.assert_array_equal(shown[1].get_array(), positive[0])
    assert shown[1].get_clim() == (0, positive.max())
    assert shown[1].get_cmap().name == SEQUENTIAL
    limit = np.abs(signed).max()
    assert shown[3].get_clim() == (-limit, limit)
    assert shown[3].get_cmap().name == DIVERGING


def test_maps_beyond_the_first_are_counted():
    figure = draw_feature_maps(IMAGE, {'conv': np.ones((20, 4, 4))})
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert f'conv\n{MAX_MAPS} of 20, 4 x 4' in labels
    assert sum(bool(images) for images in images_of(figure)) == 1 + MAX_MAPS


def test_saliency_is_shown_in_percent_of_the_largest():
    values = RNG.uniform(0, 5, (4, 4))
    figure = draw_saliency(IMAGE, {'input gradient': values})
    overlay = figure.axes[1].images[-1]
    np.testing.assert_allclose(overlay.get_array(), 100 * values / values.max())
    assert overlay.get_interpolation() == 'nearest'
    assert figure.axes[1].get_title() == 'input gradient'


def test_coarse_map_covers_the_complete_image():
    figure = draw_saliency(IMAGE, {'Grad-CAM': np.ones((2, 2))})
    image, overlay = figure.axes[1].images
    assert overlay.get_interpolation() == 'bilinear'
    assert overlay.get_extent() == image.get_extent()


@pytest.mark.parametrize(
    ('draw', 'maps', 'message'),
    [
        (draw_feature_maps, {}, 'layers must not be empty'),
        (draw_feature_maps, {'a': np.zeros((2, 2))}, r"layers\['a'\] must have the shape"),
        (draw_saliency, {}, 'maps must not be empty'),
        (draw_saliency, {'a': np.zeros(3)}, r"maps\['a'\] must have the shape \(h, w\)"),
    ],
)
def test_wrong_maps_are_refused(draw, maps, message):
    with pytest.raises(ArgumentError, match=message):
        draw(IMAGE, maps)
