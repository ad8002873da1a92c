from __future__ import annotations

import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization import (
    draw_schedule,
)


def lines(axes) -> list[tuple[list[float], list[float]]]:
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()]


def test_schedule_has_a_panel_for_each_quantity_and_holds_a_value_until_the_next_step():
    panels = {'learning rate': {'a': [0.1, 0.01], 'b': [1, 1]}, 'momentum': {'a': [0.9, 0.5]}}
    figure = draw_schedule([0, 1], panels)
    rates, momentum = figure.axes
    assert lines(rates) == [([0, 1], [0.1, 0.01]), ([0, 1], [1, 1])]
    assert lines(momentum) == [([0, 1], [0.9, 0.5])]
    assert {line.get_drawstyle() for line in rates.get_lines()} == {'steps-post'}
    with pytest.raises(ArgumentError, match='T = 2'):
        draw_schedule([0, 1], {'learning rate': {'a': [1]}})
