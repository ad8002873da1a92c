from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from drawn import is_blank
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.confusion import draw_class_bars, draw_confusion_matrix

NAMES = {
    'numbers': str,
    'long': 'a class with a long name, number {}'.format,
    'Chinese': '手写数字{}'.format,
}


@pytest.mark.parametrize('classes', [2, 10, 100])
def test_confusion_matrix_is_drawn_for_few_and_many_classes(classes):
    matrix = np.random.default_rng(0).integers(0, 50, (classes, classes))
    figure = draw_confusion_matrix(matrix)
    shown = figure.axes[0].images or figure.axes[0].collections
    assert shown[0].get_array().size == classes**2
    assert not is_blank(figure)


def test_confusion_matrix_of_shares_is_refused():
    with pytest.raises(ArgumentError, match='whole numbers'):
        draw_confusion_matrix([[0.5, 0.5], [0.1, 0.9]])


def overlapping(texts, figure) -> list[tuple[str, str]]:
    """Return the pairs of texts that cover a common part of a figure that is drawn."""
    renderer = figure.canvas.get_renderer()
    boxes = [(one.get_text(), one.get_window_extent(renderer)) for one in texts]
    return [
        (a, b)
        for (a, first), (b, second) in combinations(boxes, 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 1
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 1
    ]


@pytest.mark.parametrize('draw', [draw_confusion_matrix, draw_class_bars])
@pytest.mark.parametrize('classes', [2, 10, 40, 100])
@pytest.mark.parametrize('kind', NAMES)
def test_names_of_few_and_many_classes_do_not_overlap(draw, classes, kind):
    counts = np.eye(classes, dtype=int) * 12
    figure = draw(counts, classes=[NAMES[kind](number) for number in range(classes)])
    FigureCanvasAgg(figure).draw()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = [
                tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high
            ]
            assert overlapping([one for one in shown if one.get_text()], figure) == []


@pytest.mark.parametrize('length', range(1, 17))
def test_names_of_any_length_do_not_cover_the_confusion_matrix(length):
    names = [str(number) * length for number in range(3)]
    figure = draw_confusion_matrix(np.eye(3, dtype=int), classes=names)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    ink = np.asarray(canvas.buffer_rgba())[..., :3].min(-1) < 200
    assert not ink[:, :2].any()
    assert not ink[:, -2:].any()
