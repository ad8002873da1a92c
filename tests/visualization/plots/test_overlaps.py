from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.overlaps import draw_iou_histogram, draw_precision_recall
from mmlesson.visualization.plots.style import TRAIN, VAL


def test_curve_is_in_percent_and_named_with_its_area():
    figure = draw_precision_recall([0, 0.5, 1], {'IoU 0.5': [1, 0.5, 0]}, title='T')
    (line,) = figure.axes[0].lines
    assert line.get_xydata().tolist() == [[0, 100], [50, 50], [100, 0]]
    assert line.get_label() == 'IoU 0.5: average precision 50.0 %'


def test_curve_of_another_length_is_refused():
    with pytest.raises(ArgumentError, match='must have the shape'):
        draw_precision_recall([0, 1], {'a': [1, 1, 1]})


def test_histogram_counts_all_and_shows_wrong_ones_in_red():
    ious = [0.0, 0.3, 0.49, 0.52, 0.97, 1.0]
    figure = draw_iou_histogram(ious, title='T')
    bars = figure.axes[0].patches
    counted = dict.fromkeys((TRAIN, VAL), 0)
    for bar in bars:
        counted[to_hex(bar.get_facecolor())] += bar.get_height()
    assert counted == {TRAIN: 3, VAL: 3}
    assert figure.get_suptitle() == f'T: mean {np.mean(ious):.2f} of 6 objects'


def test_histogram_without_a_limit_has_no_wrong_ones():
    bars = draw_iou_histogram([0.1, 0.9], limit=None).axes[0].patches
    assert {to_hex(bar.get_facecolor()) for bar in bars} == {TRAIN}
