import numpy as np
import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.linear_boundary import linear_boundary

EXTENT = (-2.0, 2.0, -1.0, 1.0)


def ends(segments):
    return sorted(tuple(np.round(end, 9)) for end in np.concatenate(segments))


def test_line_of_two_classes_runs_from_border_to_border():
    (segment,) = linear_boundary([[1.0, 1.0]], [0.0], EXTENT)  # x + y = 0
    assert ends([segment]) == [(-1.0, 1.0), (1.0, -1.0)]


def test_one_row_of_weights_is_the_same_as_two_opposite_ones():
    one = linear_boundary([[1.0, -2.0]], [0.5], EXTENT)
    two = linear_boundary([[-0.5, 1.0], [0.5, -1.0]], [-0.25, 0.25], EXTENT)
    assert ends(one) == ends(two)


def test_line_outside_of_the_rectangle_is_not_drawn():
    assert linear_boundary([[0.0, 1.0]], [-5.0], EXTENT) == []


def test_equal_weights_have_no_boundary():
    assert linear_boundary([[1.0, 0.0], [1.0, 0.0]], [0.0, 1.0], EXTENT) == []


def test_three_classes_meet_in_one_point():
    weight = [[0.0, 1.0], [-np.sqrt(3) / 2, -0.5], [np.sqrt(3) / 2, -0.5]]
    segments = linear_boundary(weight, [0.0] * 3, EXTENT)
    assert len(segments) == 3
    for segment in segments:
        assert np.linalg.norm(segment, axis=1).min() == pytest.approx(0, abs=1e-9)


def test_on_each_line_the_two_classes_score_highest():
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(5, 2)), rng.normal(size=5)
    for start, end in linear_boundary(weight, bias, EXTENT):
        for part in (0.25, 0.5, 0.75):
            scores = np.sort(weight @ (start + part * (end - start)) + bias)
            assert scores[-1] == pytest.approx(scores[-2])


def test_other_shapes_are_refused():
    with pytest.raises(ArgumentError, match=r'linear_boundary\.weight must have the shape \(C, 2'):
        linear_boundary([[1.0, 1.0, 1.0]], [0.0], EXTENT)
