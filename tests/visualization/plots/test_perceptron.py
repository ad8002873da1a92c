from __future__ import annotations

import numpy as np
import pytest

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
        ({'separable': True, 'bound': 44.0}, '3 updates, bound 44'),
        ({'separable': False}, '3 updates, no bound: no line separates the data'),
    ],
)
def test_title_has_only_known_facts(known, ending):
    figure = draw_perceptron_mistakes([2, 1, 0], **known)
    assert figure.get_suptitle().replace('\n', ' ').endswith(ending)
