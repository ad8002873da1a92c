from __future__ import annotations

import numpy as np
import pytest
from drawn import is_blank

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.reliability import draw_reliability

NONE = float('nan')


def test_bars_are_the_accuracies_and_the_counts():
    figure = draw_reliability([0, 4, 6], [NONE, 0.5, 0.9], [NONE, 0.25, 1.0])
    panel, histogram = figure.axes
    assert [bar.get_height() for bar in panel.patches] == [0, 25, 100]
    assert [bar.get_height() for bar in histogram.patches] == [0, 4, 6]
    np.testing.assert_allclose([bar.get_width() for bar in panel.patches], 100 / 3)
    assert not is_blank(figure)


def test_title_has_the_expected_calibration_error():
    figure = draw_reliability([0, 4, 6], [NONE, 0.5, 0.9], [NONE, 0.25, 1.0])
    assert 'error 16.0 %' in figure.get_suptitle()  # (4 * 25 + 6 * 10) / 10


def test_no_samples_are_refused():
    with pytest.raises(ArgumentError, match='at least one sample'):
        draw_reliability([0, 0], [NONE, NONE], [NONE, NONE])


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(ArgumentError, match='accuracies'):
        draw_reliability([1, 0], [0.5, NONE], [1.0])


def test_bar_of_one_sample_is_seen_beside_one_of_hundreds():
    figure = draw_reliability([1, 350], [0.3, 0.9], [0, 1])
    low, high = figure.axes[1].get_ylim()
    assert low < 1 < 350 < high
    assert figure.axes[1].get_yscale() == 'log'
