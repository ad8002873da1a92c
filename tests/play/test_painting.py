import base64
import io

import numpy as np
import pytest
from PIL import Image

from mmlesson.play.frames import Frame, Plane
from mmlesson.play.painting import (
    COLOURS,
    SIZE,
    curves_svg,
    live_html,
    paint_neuron,
    paint_regions,
    paint_surface,
    place,
    png,
    status_html,
    surface_html,
)
from mmlesson.play.texts import texts
from mmlesson.visualization.figures.loss_surface import Surface

WORDS = texts('en')
EXTENT = (-1.0, 1.0, -1.0, 1.0)


def test_png_is_read_back():
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    content = base64.b64decode(png(pixels).partition(',')[2])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))), pixels)


def test_regions_have_the_colour_of_the_class_and_the_first_row_below():
    scores = np.zeros((2, 1, 2))
    scores[0, 0], scores[1, 0] = (1, 0), (0, 1)
    top, bottom = paint_regions(scores)[:, 0].astype(float)
    white = np.full(3, 255)
    for painted, label in ((bottom, 0), (top, 1)):
        expected = white + 0.62 * (np.array(COLOURS[label]) - white)
        np.testing.assert_allclose(painted, expected, atol=1)


def test_neuron_is_white_at_zero():
    painted = paint_neuron(np.array([[0.0, 1.0], [-1.0, np.nan]]))
    assert painted[1, 0].tolist() == [255, 255, 255]
    assert painted[1, 1].tolist() == [20, 90, 180]
    assert painted[0, 0].tolist() == [230, 120, 20]


def test_points_are_placed_with_y_upwards():
    np.testing.assert_allclose(place(np.array([[-1.0, 1.0]]), EXTENT), [[0, 0]])
    np.testing.assert_allclose(place(np.array([[1.0, -1.0]]), EXTENT), [[SIZE, SIZE]])


def test_message_is_escaped():
    assert '<script>' not in status_html(Frame('failed', message='<script>'), WORDS)


def test_only_chosen_splits_are_drawn():
    points = np.zeros((3, 2)), np.zeros(3, int)
    plane = Plane(EXTENT, {'train': points, 'val': points, 'test': points})
    frame = Frame('paused', regions=np.full((4, 4, 2), 0.5))
    assert live_html(frame, plane, [], WORDS).count('<circle') == 0
    assert live_html(frame, plane, ['train', 'test'], WORDS).count('<circle') == 6


def test_curve_ends_at_its_last_loss():
    frame = Frame('running', 2, train=[(2.0, 0.0), (1.0, 0.0)], val=[(2.0, 0.0), (0.0, 0.0)])
    svg = curves_svg(frame, WORDS)
    assert 'points="34.0,24.0 310.0,76.0"' in svg  # half of the largest loss, half of the height
    assert 'points="34.0,24.0 310.0,128.0"' in svg


def test_surface_is_dark_where_the_loss_is_low_and_the_path_is_placed():
    losses = np.tile(np.linspace(1, 9, 17), (17, 1))
    painted = paint_surface(losses).astype(int).sum(-1)
    assert (np.diff(painted[40]) >= 0).all()
    assert painted[40, 0] < painted[40, -1]
    path = np.array([[0.0, 0.0], [1.0, 1.0]])
    frame = Frame('paused', surface=Surface(losses, EXTENT, path, np.array([-1.0, 0.0]), 87.4))
    html = surface_html(frame, WORDS)
    assert 'points="160.0,160.0 320.0,0.0"' in html
    assert 'cx="0.0" cy="160.0"' in html
    assert '87 %' in html
    assert surface_html(Frame('paused'), WORDS) == ''


@pytest.mark.parametrize('losses', [np.full((17, 17), np.nan), np.ones((17, 17))])
def test_surface_without_a_valley_is_of_one_colour(losses):
    assert len(np.unique(paint_surface(losses).reshape(-1, 3), axis=0)) == 1


def test_reason_of_the_end_is_in_the_language_of_the_page():
    frame = Frame('finished', message='val loss has not improved', reason='patience')
    assert texts('zh')['stop_patience'] in status_html(frame, texts('zh'))
    assert 'odd' in status_html(Frame('finished', message='odd', reason='other'), texts('zh'))
