from __future__ import annotations

import numpy as np
import pytest
from drawn import is_blank

from mmlesson.visualization.plots.decision_regions import (
    DecisionRegions,
    boundaries,
    draw_decision_regions,
    shade,
)
from mmlesson.visualization.plots.plane import plane_grid
from mmlesson.visualization.plots.style import class_colors

EXTENT = (-2.0, 2.0, -1.0, 1.0)


def logistic(weight, bias, size=80):
    score = plane_grid(EXTENT, size) @ np.asarray(weight) + bias
    one = 1 / (1 + np.exp(-score))
    return np.stack([1 - one, one], -1).reshape(size, size, 2)


def test_boundary_of_a_linear_model_is_its_line_within_a_cell():
    (w1, w2), b = (1.5, -2.0), 0.4
    points = np.concatenate(boundaries(logistic((w1, w2), b), EXTENT))
    line = -(w1 * points[:, 0] + b) / w2
    assert len(points) > 20
    assert np.abs(points[:, 1] - line).max() < 2 / 80  # the height of a cell


def test_cells_are_numbered_from_the_lower_left():
    grid = plane_grid(EXTENT, 4).reshape(4, 4, 2)
    np.testing.assert_allclose(grid[0, 0], [-1.5, -0.75])
    np.testing.assert_allclose(grid[0, 3], [1.5, -0.75])
    np.testing.assert_allclose(grid[3, 0], [-1.5, 0.75])


def test_more_confident_cell_is_further_from_white():
    colors = shade(np.array([[[0.5, 0.5], [0.3, 0.7], [0.01, 0.99]]]))
    from_white = (1 - colors[0]).sum(-1)
    assert from_white[0] < from_white[1] < from_white[2]


def test_regions_show_every_point_once():
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(30, 2)), rng.integers(0, 2, 30)
    val_inputs, val_labels = rng.normal(size=(11, 2)), rng.integers(0, 2, 11)
    figure = draw_decision_regions(
        logistic((1, 1), 0), inputs, labels, val_inputs, val_labels, extent=EXTENT
    )
    drawn = np.concatenate([one.get_offsets() for one in figure.axes[0].collections])
    for point in (*inputs, *val_inputs):
        assert (np.abs(drawn - point).max(1) < 1e-6).sum() == 1
    assert not is_blank(figure)


def test_points_have_the_colour_of_their_class_and_wrong_ones_an_outline():
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(30, 2)), np.arange(30) % 3
    val_inputs, val_labels = rng.normal(size=(12, 2)), np.arange(12) % 3
    predicted, val_predicted = labels.copy(), val_labels.copy()
    predicted[:4], val_predicted[5:7] = (labels[:4] + 1) % 3, (val_labels[5:7] + 1) % 3
    regions = DecisionRegions(inputs, labels, val_inputs, val_labels, num_classes=3)
    grid = rng.dirichlet(np.ones(3), (20, 20))
    regions.update(grid, predicted, val_predicted)
    _, train, val = regions.axes.collections
    for scatter, expected, wrong in ((train, labels, range(4)), (val, val_labels, (5, 6))):
        colors = scatter.get_facecolors()[:, :3]
        for number, color in enumerate(class_colors(3)):
            same = np.isclose(colors, color).all(1)
            np.testing.assert_array_equal(np.flatnonzero(same), np.flatnonzero(expected == number))
        widths = scatter.get_linewidths()
        assert list(np.flatnonzero(widths == max(widths))) == list(wrong)
    assert train.get_paths()[0].vertices.shape != val.get_paths()[0].vertices.shape  # two markers


def test_regions_without_probabilities_have_one_strength():
    colors = shade(np.array([[[0.5, 0.5], [0.7, 0.3], [0.99, 0.01]]]), shaded=False)
    assert (colors == colors[0, 0]).all()


@pytest.mark.parametrize(('given', 'has_key'), [([0, 1], False), ([1, 1], True), (None, False)])
def test_key_of_misclassified_points_is_shown_only_if_there_are_some(given, has_key):
    grid = np.full((4, 4, 2), 0.5)
    points = [[0.0, 0.0], [1.0, 1.0]]
    figure = draw_decision_regions(grid, points, [0, 1], predicted=given, classes=['0', 'b'])
    labels = [text.get_text() for text in figure.legends[-1].get_texts()]
    assert ('misclassified' in labels) is has_key
    assert labels[-2:] == ['class 0', 'b']
    assert len(figure.legends) == 1
