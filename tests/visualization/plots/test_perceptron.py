from __future__ import annotations

import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.perceptron import draw_perceptron_lines, draw_perceptron_mistakes


def segments(axes):
    lines = [line.get_xydata() for line in axes.lines if len(line.get_xdata()) == 2]
    for collection in axes.collections:
        if hasattr(collection, 'get_segments'):
            lines += [one for one in collection.get_segments() if len(one) == 2]
    return lines


def test_every_perceptron_line_satisfies_its_equation():
    rng = np.random.default_rng(0)
    weights, biases = rng.normal(size=(3, 2)) + 1, rng.normal(size=3) * 0.1
    inputs, labels = rng.normal(size=(20, 2)), np.arange(20) % 2
    figure = draw_perceptron_lines(inputs, labels, weights, biases)
    errors = []
    for weight, bias in zip(weights, biases, strict=True):
        scaled = [
            np.abs(np.asarray(points) @ weight + bias).max() / np.linalg.norm(weight)
            for points in segments(figure.axes[0])
        ]
        errors.append(min(scaled))
    assert max(errors) < 1e-6


@pytest.mark.parametrize(
    ('known', 'ending'),
    [
        ({}, '3 updates'),
        ({'separable': True, 'bound': 44.0}, '3 updates, separable data, bound 44'),
        ({'separable': True}, '3 updates, separable data'),
        ({'separable': False}, '3 updates, no bound: no line separates the data'),
    ],
)
def test_title_has_only_known_facts(known, ending):
    figure = draw_perceptron_mistakes([2, 1, 0], **known)
    assert figure.get_suptitle().replace('\n', ' ').endswith(ending)


def test_pocket_has_a_line_of_its_own():
    weights, biases = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.2, 0.1, 0.0])
    inputs, labels = np.array([[-1.0, -1.0], [1.0, 1.0]]), [0, 1]
    figure = draw_perceptron_lines(inputs, labels, weights, biases, pocket=1)
    (line,) = [c for c in figure.axes[0].collections if c.get_gid() == 'pocket']
    np.testing.assert_allclose(line.get_segments()[0][:, 0], -0.2)  # x1 + 0.2 = 0
    assert figure.get_suptitle().replace('\n', ' ').endswith('3 updates; pocket, update 1')
    assert 'pocket, update 1' in [text.get_text() for text in figure.legends[0].get_texts()]


def test_pocket_must_be_one_of_the_updates():
    with pytest.raises(ArgumentError, match=r'pocket must be an update, 1 to 1, got 2'):
        draw_perceptron_lines([[0.0, 1.0]], [0], [[1.0, 0.0]], [0.0], pocket=2)
