import numpy as np
import pytest
from drawn import is_blank

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.functions import BOLD, draw_activations, draw_losses

Z = np.array([-1.0, 0.0, 2.0])
CURVES = {'a': Z, 'b': Z**2}
SLOPES = {'a': np.ones(3), 'b': 2 * Z}


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_functions_are_on_the_left_and_their_derivatives_on_the_right():
    figure = draw_activations(Z, CURVES, SLOPES, own='b')
    left, right = map(lines, figure.axes)
    np.testing.assert_allclose(left['a'].get_ydata(), Z)
    np.testing.assert_allclose(right['b (this run)'].get_ydata(), 2 * Z)
    assert left['b (this run)'].get_linewidth() == BOLD > left['a'].get_linewidth()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['a', 'b (this run)']
    assert not is_blank(figure)


def test_samples_beyond_the_margins_are_in_the_outermost_bars():
    figure = draw_losses(Z, CURVES, samples=[-7.0, -0.99, 9.0, 9.0])
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert (heights[0], heights[-1], sum(heights)) == (2, 2, 4)


def test_losses_without_samples_are_one_panel():
    figure = draw_losses(Z, CURVES)
    assert len(figure.axes) == 1
    np.testing.assert_allclose(lines(figure.axes[0])['b'].get_ydata(), Z**2)


@pytest.mark.parametrize(
    ('values', 'slopes', 'own', 'message'),
    [
        ({}, {}, None, 'values must not be empty'),
        (CURVES, {'a': SLOPES['a']}, None, 'derivatives'),
        (CURVES, SLOPES, 'c', 'own'),
        ({'a': Z[:2]}, SLOPES, None, r"values\['a'\]"),
    ],
)
def test_functions_that_do_not_fit_together_are_refused(values, slopes, own, message):
    with pytest.raises(ArgumentError, match=message):
        draw_activations(Z, values, slopes, own=own)


def test_losses_that_do_not_fit_the_margins_are_refused():
    with pytest.raises(ArgumentError, match=r"losses\['a'\]"):
        draw_losses(Z, {'a': Z[:2]})
