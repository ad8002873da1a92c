import numpy as np
import pytest
from matplotlib.figure import Figure

from mmlesson.visualization.plots.axes import (
    as_image_axes,
    mark_at_foot,
    use_log_if_wide,
    use_whole_numbers,
)


@pytest.fixture
def axes():
    return Figure().subplots()


def test_axes_of_an_image_have_no_ticks_and_no_frame(axes):
    as_image_axes(axes)
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0
    assert not any(spine.get_visible() for spine in axes.spines.values())


@pytest.mark.parametrize('last', [1, 3, 7, 40, 1000])
def test_ticks_are_at_whole_numbers_only(axes, last):
    axes.set_xlim(0, last)
    use_whole_numbers(axes.xaxis)
    ticks = axes.get_xticks()
    np.testing.assert_array_equal(ticks, ticks.round())


@pytest.mark.parametrize(
    ('values', 'scale'),
    [
        ([[1.0, 10.0], [2000.0]], 'log'),
        ([[1.0, 10.0], [900.0]], 'linear'),
        ([[0.0, 1.0], [2000.0]], 'linear'),
        ([[-1.0], [2000.0]], 'linear'),
        ([[1.0, np.nan], [np.inf, 2000.0]], 'log'),
        ([[np.nan]], 'linear'),
    ],
)
def test_axis_is_logarithmic_for_positive_values_that_span_a_thousand(axes, values, scale):
    use_log_if_wide(axes, values)
    assert axes.get_yscale() == scale


def test_value_that_cannot_be_drawn_is_a_cross_at_the_bottom(axes):
    axes.set_ylim(5, 9)
    mark_at_foot(axes, [2, 3], 'black', 'not finite')
    (line,) = axes.lines
    assert line.get_marker() == 'x'
    assert list(line.get_xdata()) == [2, 3]
    height = axes.transAxes.inverted().transform(line.get_transform().transform((2, 0)))[1]
    assert height == pytest.approx(0)


def test_no_cross_without_such_a_value(axes):
    mark_at_foot(axes, [], 'black', 'not finite')
    assert len(axes.lines) == 0
