"""Histograms of features."""

from __future__ import annotations

import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization import draw_feature_histograms

VALUES = np.random.RandomState(0).normal(size=(50, 3))
LABELS = np.arange(50) % 2


def test_each_panel_counts_every_sample():
    figure = draw_feature_histograms(VALUES, LABELS, ['a', 'b'], names=['x', 'y', 'z'])
    assert [axes.get_title() for axes in figure.axes] == ['x', 'y', 'z']
    for axes in figure.axes:
        assert sum(bar.get_height() for bar in axes.patches) == 50
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['a', 'b']


def test_further_features_are_counted_in_the_title():
    figure = draw_feature_histograms(VALUES, LABELS, ['a', 'b'], max_features=2, title='T')
    assert [axes.get_title() for axes in figure.axes] == ['feature 1', 'feature 2']
    assert figure.get_suptitle() == 'T: 2 of 3'


@pytest.mark.parametrize(
    ('values', 'labels', 'message'),
    [
        (VALUES[0], LABELS, 'values'),
        (VALUES, LABELS[:5], 'labels'),
        (VALUES[:0], LABELS[:0], 'must not be empty'),
        (VALUES, LABELS + 1, 'must hold ints from 0 to 1'),
    ],
)
def test_arrays_that_do_not_fit_are_refused(values, labels, message):
    with pytest.raises(ArgumentError, match=message):
        draw_feature_histograms(values, labels, ['a', 'b'])
