from __future__ import annotations

import numpy as np
import pytest
from drawn import draw_only
from sides import shown_sides

from mmlesson import visualization as draw
from mmlesson.evaluation.separability import CommonPoint, Separator, separate
from mmlesson.visualization.figures import input_space


def test_boundary_of_a_linear_model_is_its_line(finished):
    one = finished('perceptron/linear_blobs.py')
    weight, bias = one.linear
    w, b = weight[1] - weight[0], bias[1] - bias[0]
    figure = draw_only(input_space.decision_regions(one))
    (line,) = figure.axes[0].collections[0].get_segments()
    cell = (figure.axes[0].get_ylim()[1] - figure.axes[0].get_ylim()[0]) / input_space.GRID
    np.testing.assert_allclose(line[:, 1], -(w[0] * line[:, 0] + b) / w[1], atol=cell)


@pytest.mark.parametrize('seed', [0, 1])  # of either a plane of a PCA mixes the classes
def test_drawn_boundary_separates_the_hidden_space_of_xor(finished, seed):
    one = finished('mlp/mlp_xor.py', train_cfg={'max_epochs': 30}, randomness={'seed': seed})
    labels = one.train.labels
    figure = draw_only(input_space.hidden_space(one))
    sides, points = shown_sides(figure.axes[0], len(labels))
    assert isinstance(separate(points.astype(float), labels), Separator)
    np.testing.assert_array_equal(sides == sides[labels == 1][0], one.predicted('train') == 1)
    hidden = input_space.last_hidden(one)
    assert isinstance(separate(draw.fit_projection(hidden)(hidden), labels), CommonPoint)
    shares = points.var(0) / hidden.astype(float).var(0).sum() * 100
    assert f'({shares[0]:.0f} % of variance)' in figure.axes[0].get_xlabel()
    assert f'({shares[1]:.0f} % of variance)' in figure.axes[0].get_ylabel()


def test_hidden_space_of_ten_classes_is_drawn_by_pca(finished):
    one = finished('mlp/mlp_digits.py', train_cfg={'max_epochs': 1})
    figure = draw_only(input_space.hidden_space(one))
    assert figure.axes[0].get_xlabel().startswith('principal component 1 (')
    line, _ = figure.axes[0].collections
    assert line.get_segments() == []
