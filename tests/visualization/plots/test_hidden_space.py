from __future__ import annotations

import numpy as np
from matplotlib.collections import PathCollection

from mmlesson.visualization import HiddenSpace, draw_hidden_space, draw_points
from mmlesson.visualization.plots.projection import fit_projection


def test_points_are_drawn_at_their_coordinates():
    points = np.random.RandomState(0).randn(30, 2)
    figure = draw_points(points, np.arange(30) % 3, axis_labels=('u', 'v'))
    (axes,) = figure.axes
    (drawn,) = [one for one in axes.collections if isinstance(one, PathCollection)]
    np.testing.assert_allclose(drawn.get_offsets(), points)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('u', 'v')


def test_labels_of_the_axes_of_an_animation_do_not_change():
    generator = np.random.default_rng(0)
    space = HiddenSpace(np.arange(20) % 2, (-4.0, 4.0, -4.0, 4.0), shares_on_axes=False)
    seen = set()
    for _ in range(2):
        hidden = generator.normal(size=(20, 5))
        space.update(hidden, fit_projection(hidden))
        seen.add((space.axes.get_xlabel(), space.axes.get_ylabel(), space.axes.xaxis.stale))
        space.axes.xaxis.stale = False
    assert {labels[:2] for labels in seen} == {('principal component 1', 'principal component 2')}
    assert [stale for *_, stale in seen].count(False) == 1  # the second update changed no label


def test_many_classes_are_named_among_their_points():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 6
    hidden = 10 * np.stack([labels, labels % 2], 1) + rng.normal(size=(60, 2))
    names = [f'c{label}' for label in range(6)]
    figure = draw_hidden_space(hidden, labels, classes=names)
    assert [text.get_text() for text in figure.axes[0].texts] == names
    assert not draw_hidden_space(hidden, labels % 2, classes=['a', 'b']).axes[0].texts
