"""Drawings of many runs, of schedules and of samples: what is on the axes."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PathCollection

from mmlesson.errors import ArgumentError
from mmlesson.visualization import (
    draw_points,
    draw_samples,
    draw_schedule,
    draw_successes,
    draw_sweep,
)

CELLS = {
    'lr=0.1': {'val': [90.0, 92.0, 97.0], 'test': [80.0, 82.0, 84.0]},
    'lr=0.01': {'val': [70.0]},
    'lr=9': {},
}


def lines(axes) -> list[tuple[list[float], list[float]]]:
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()]


def test_sweep_shows_each_run_its_mean_and_deviation():
    figure = draw_sweep(CELLS, failed={'lr=9': 3})
    (axes,) = figure.axes
    dots = [xs for xs, _ in lines(axes) if len(xs) == 3]
    assert [90.0, 92.0, 97.0] in dots
    assert [80.0, 82.0, 84.0] in dots
    bars = [bar.lines[2][0].get_segments()[0][:, 0].tolist() for bar in axes.containers]
    mean, deviation = 93.0, np.std([90, 92, 97], ddof=1)
    assert bars[0] == pytest.approx([mean - deviation, mean + deviation])
    assert bars[1] == pytest.approx([70, 70])  # of one run there is no deviation
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ['lr=0.1', 'lr=0.01', 'lr=9\n3 failed']
    top, bottom = axes.get_ylim()[::-1]
    assert top < bottom  # the first cell is on top


def test_sweep_without_a_value_is_refused():
    with pytest.raises(ArgumentError, match='1 to 3 metrics, got'):
        draw_sweep({'a': {}})


def test_schedule_has_a_panel_for_each_quantity_and_holds_a_value_until_the_next_step():
    panels = {'learning rate': {'a': [0.1, 0.01], 'b': [1, 1]}, 'momentum': {'a': [0.9, 0.5]}}
    figure = draw_schedule([0, 1], panels)
    rates, momentum = figure.axes
    assert lines(rates) == [([0, 1], [0.1, 0.01]), ([0, 1], [1, 1])]
    assert lines(momentum) == [([0, 1], [0.9, 0.5])]
    assert {line.get_drawstyle() for line in rates.get_lines()} == {'steps-post'}
    with pytest.raises(ArgumentError, match='T = 2'):
        draw_schedule([0, 1], {'learning rate': {'a': [1]}})


def test_points_are_drawn_where_they_are():
    points = np.random.RandomState(0).randn(30, 2)
    figure = draw_points(points, np.arange(30) % 3, axis_labels=('u', 'v'))
    (axes,) = figure.axes
    (drawn,) = [one for one in axes.collections if isinstance(one, PathCollection)]
    np.testing.assert_allclose(drawn.get_offsets(), points)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('u', 'v')


def test_successes_begin_with_the_least_sure_and_samples_with_the_first():
    images = np.random.RandomState(0).rand(4, 1, 3, 3)
    true, given, scores = [0, 1, 0, 1], [0, 1, 1, 1], [0.9, 0.6, 0.99, 0.7]
    figure = draw_successes(images, true, given, scores, ['a', 'b'])
    assert [one.get_title() for one in figure.axes[:3]] == ['b\n60 %', 'b\n70 %', 'a\n90 %']
    assert '3 of 3' in figure.get_suptitle()
    figure = draw_samples(images, true, ['a', 'b'], title='samples')
    assert [one.get_title() for one in figure.axes[:4]] == ['a', 'b', 'a', 'b']
