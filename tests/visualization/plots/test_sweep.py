from __future__ import annotations

import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization import (
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
