"""Facts that titles of figures state, on constructed data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from mmlesson import visualization as draw

IMAGES = np.random.default_rng(0).random((4, 1, 3, 3))
TRUE, GUESS, SCORES = [0, 1, 0, 1], [0, 1, 1, 1], [0.9, 0.6, 0.99, 0.7]
ANSWERS = (IMAGES, TRUE, GUESS, SCORES, ['a', 'b'])
ALL_RIGHT = (IMAGES, TRUE, TRUE, SCORES, ['a', 'b'])
CELLS, PATH = np.arange(1.0, 17).reshape(4, 4), [[0.2, 0.2], [0.8, 0.8]]
UNIT = (0.0, 1.0, 0.0, 1.0)
LINES = ([[-1.0, -1.0], [1.0, 1.0]], [0, 1], np.ones((50, 2)), np.arange(50) / 100)
CURVES = {'run': [([1, 2], [1.0, 2.0]), ([1, 2], [2.0, 3.0])]}

TITLES = {
    'confusion': (lambda: draw.draw_confusion_matrix([[3, 1], [0, 4]]), '7 of 8 correct (87.5 %)'),
    'no sample': (lambda: draw.draw_confusion_matrix([[0, 0], [0, 0]]), '0 of 0 correct'),
    'predictions': (lambda: draw.draw_predictions(*ANSWERS), '3 of 4 correct'),
    'mistakes': (lambda: draw.draw_mistakes(*ANSWERS), '1 of 1'),
    'no mistake': (lambda: draw.draw_mistakes(*ALL_RIGHT), 'none'),
    'successes': (lambda: draw.draw_successes(*ANSWERS, max_pictures=2), '2 of 3'),
    'lines': (lambda: draw.draw_perceptron_lines(*LINES), '50 updates, 40 of them drawn'),
    'updates': (lambda: draw.draw_perceptron_mistakes([5, 2, 0]), '7 updates'),
    'inseparable': (
        lambda: draw.draw_perceptron_mistakes([5, 2], separable=False),
        '7 updates, no bound: no line separates the data',
    ),
    'true surface': (
        lambda: draw.draw_loss_surface(CELLS, UNIT, PATH),
        'surface (exact)',
    ),
    'plane': (
        lambda: draw.draw_loss_surface(CELLS, UNIT, PATH, explained=91.25),
        "plane with 91.2 % of the path's variance",
    ),
    'seeds': (
        lambda: draw.draw_run_comparison(CURVES),
        'mean ± 1 standard deviation over seeds',
    ),
    'one seed': (
        lambda: draw.draw_run_comparison({'run': CURVES['run'][:1]}),
        'Comparison of runs',
    ),
}


@pytest.mark.parametrize('case', TITLES)
def test_title_states_what_is_true_of_the_data(case):
    draw_it, expected = TITLES[case]
    title = draw_it().get_suptitle().replace('\n', ' ')
    assert title.endswith(expected)


@pytest.mark.parametrize('function', [draw.draw_mistakes, draw.draw_successes])
def test_no_confidence_is_drawn_without_probabilities(function):
    figure = function(IMAGES, TRUE, GUESS, None, ['a', 'b'], title='x')
    assert not any('%' in axes.get_title() for axes in figure.axes)
