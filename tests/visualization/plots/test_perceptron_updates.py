import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.perceptron_updates import (
    animate_perceptron_updates,
    draw_perceptron_updates,
)

INPUTS, LABELS = np.array([[0.0, 0.0], [4.0, 4.0], [0.0, 4.0]]), [0, 1, 1]
SAMPLES = [[4.0, 4.0], [0.0, 0.0]]
BEFORE = [[0.0, 0.0, 0.0], [1.0, 0.0, -1.0]]
AFTER = [[1.0, 0.0, -1.0], [0.0, 1.0, -2.0]]
UPDATES = (INPUTS, LABELS, SAMPLES, BEFORE, AFTER)


def lines(axes):
    before, after, sample = axes.get_lines()
    return before.get_xydata(), after.get_xydata(), sample.get_xydata()


def test_panel_shows_the_sample_and_the_line_before_and_after():
    figure = draw_perceptron_updates(*UPDATES, numbers=[1, 5])
    first, second = map(lines, figure.axes)
    assert len(first[0]) == 0  # zero weights are no line
    np.testing.assert_allclose(first[1][:, 0], 1)  # x1 - 1 = 0
    np.testing.assert_allclose(second[0][:, 0], 1)
    np.testing.assert_allclose(second[1][:, 1], 2)  # x2 - 2 = 0
    assert second[2].tolist() == [[0, 0]]
    assert [axes.get_title() for axes in figure.axes] == ['update 1', 'update 5']


def test_colours_are_the_sides_after_the_update():
    figure = draw_perceptron_updates(*UPDATES, numbers=[1, 5])
    sides = figure.axes[1].images[0].get_array()
    half = len(sides) // 2
    assert not sides[: half - 1].any()  # below x2 = 2
    assert sides[half + 1 :].all()


def test_film_has_a_frame_for_each_update():
    film = animate_perceptron_updates(*UPDATES, numbers=[1, 5], classes=('a', 'b'))
    assert film.captions == ['update 1', 'update 5']


def test_updates_that_do_not_fit_together_are_refused():
    with pytest.raises(ArgumentError, match='after'):
        draw_perceptron_updates(INPUTS, LABELS, SAMPLES, BEFORE, AFTER[:1], numbers=[1, 5])
    empty = np.zeros((0, 3))
    with pytest.raises(ArgumentError, match='samples must not be empty'):
        draw_perceptron_updates(INPUTS, LABELS, np.zeros((0, 2)), empty, empty, numbers=[])
