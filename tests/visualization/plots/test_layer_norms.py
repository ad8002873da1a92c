import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.layer_norms import draw_dead_units, draw_layer_norms


def lines_of(axes):
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_each_layer_is_a_line_of_its_norms():
    figure = draw_layer_norms([1, 2, 3], {'first': [1, 2, 3], 'second': [2, 2, 2]})
    lines = lines_of(figure.axes[0])
    np.testing.assert_array_equal(lines['first'], [[1, 1], [2, 2], [3, 3]])
    np.testing.assert_array_equal(lines['second'][:, 1], [2, 2, 2])
    assert figure.axes[0].get_yscale() == 'linear'


def test_vanishing_gradients_are_on_a_logarithmic_axis_with_zeros_marked():
    figure = draw_layer_norms([1, 2, 3], {'a': [1.0, 0.5, 0.0], 'b': [1e-3, 1e-3, 1e-3]})
    axes = figure.axes[0]
    assert axes.get_yscale() == 'log'
    assert lines_of(axes)['zero'][:, 0].tolist() == [3]


def test_non_finite_norm_is_marked_at_the_bottom():
    figure = draw_layer_norms([1, 2, 3], {'a': [1.0, np.nan, np.inf]})
    assert lines_of(figure.axes[0])['a not finite'][:, 0].tolist() == [2, 3]


def test_many_layers_have_a_colour_bar_instead_of_names():
    figure = draw_layer_norms([1, 2], {f'layer {i}': [1, 2] for i in range(12)})
    assert figure.legends == []
    assert figure.axes[1].get_ylabel() == 'layer, from input to output'


def test_dead_units_are_drawn_in_percent():
    figure = draw_dead_units([1, 2], {'a': [0, 100]}, epoch_label='iteration')
    axes = figure.axes[0]
    assert axes.get_ylim() == (-2, 102)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('iteration', 'dead units (%)')


@pytest.mark.parametrize(
    ('values', 'message'),
    [({}, 'norms must not be empty'), ({'a': [1]}, r"norms\['a'\] must have the shape \(T\)")],
)
def test_wrong_values_are_refused(values, message):
    with pytest.raises(ArgumentError, match=message):
        draw_layer_norms([1, 2], values)
