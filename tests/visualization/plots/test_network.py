import numpy as np
import pytest
from drawn import is_blank

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.network import THINNEST, WIDEST, draw_network

WEIGHTS = [np.array([[1.0, -2.0], [0.0, 0.5], [2.0, 1.0]]), np.array([[1.0, 1.0, -1.0]])]
UNITS = [[0.5, -1.0], [0.1, 0.9, -0.4], [0.75]]
NAMES = {'inputs': ['x1', 'x2'], 'outputs': ['class 1']}


def test_each_weight_is_a_line_whose_width_and_colour_are_its_size_and_sign():
    figure = draw_network(WEIGHTS, UNITS, **NAMES)
    first, second, *_ = figure.axes[0].collections
    widths = THINNEST + (WIDEST - THINNEST) * np.abs(WEIGHTS[0]).ravel() / 2
    np.testing.assert_allclose(first.get_linewidths(), widths)
    red, blue = (first.get_colors()[place] for place in (0, 1))  # of 1.0 and -2.0
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    assert len(second.get_segments()) == 3
    ends = [segment[:, 0].tolist() for segment in second.get_segments()]
    assert ends == [[1, 2]] * 3


def test_each_unit_is_a_circle_with_its_activation():
    figure = draw_network(WEIGHTS, UNITS, **NAMES)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ['0.50', '-1.00', '0.10', '0.90', '-0.40', '0.75', 'x1', 'x2', 'class 1']
    shown = [one.get_array() for one in figure.axes[0].collections[2:]]
    for values, units in zip(shown, UNITS, strict=True):
        np.testing.assert_allclose(values, units)
    assert not is_blank(figure)


def test_shapes_that_do_not_fit_together_are_refused():
    with pytest.raises(ArgumentError, match=r'activations must be 3, one more than the weights'):
        draw_network(WEIGHTS, UNITS[:2], **NAMES)
    with pytest.raises(ArgumentError, match=r'weights\[1\]'):
        draw_network([WEIGHTS[0], WEIGHTS[0]], UNITS, **NAMES)
    with pytest.raises(ArgumentError, match='outputs'):
        draw_network(WEIGHTS, UNITS, inputs=['x1', 'x2'], outputs=['a', 'b'])
