from __future__ import annotations

import numpy as np
import pytest
from sides import shown_sides

from mmlesson import visualization as draw
from mmlesson.visualization.figures import animations
from mmlesson.visualization.figures.probes import logits


def test_boundary_of_a_linear_model_is_its_line_in_the_film_too(finished):
    one = finished('perceptron/linear_blobs.py')
    shot = animations.ANIMATIONS['decision_regions'].take(one)
    weight, bias = one.linear
    np.testing.assert_array_equal(shot['weight'], weight)
    np.testing.assert_array_equal(shot['bias'], bias)


@pytest.mark.parametrize('units', [2, 8])
def test_boundary_in_each_frame_of_the_hidden_space_is_that_of_its_moment(
    finished, monkeypatch, units
):
    one = finished('mlp/mlp_xor.py', model={'backbone': {'hidden_sizes': (units,)}})
    kind, shots, expected, seen = animations.ANIMATIONS['hidden_space'], [], [], []
    for turn in range(3):
        one.model.head.linear.weight.data[1] += turn  # as if it had learned on
        shots.append((f'epoch {turn}', kind.take(one)))
        expected.append(logits(one.model, one.train.inputs).argmax(1))
    update = draw.HiddenSpace.update

    def spy(self, *args, **kwargs):
        update(self, *args, **kwargs)
        seen.append((*shown_sides(self.axes, len(one.train.labels)), self.axes.axis()))

    monkeypatch.setattr(draw.HiddenSpace, 'update', spy)
    assert len(kind.drawing(one, shots).draw()) == 3
    for (sides, points, limits), classes in zip(seen, expected, strict=True):
        assert len(set(classes)) == 2
        np.testing.assert_array_equal(sides == sides[classes == 1][0], classes == 1)
        assert limits == seen[0][2]
        low, high = points.min(0), points.max(0)
        assert (limits[0] < low[0]) & (high[0] < limits[1]) & (limits[2] < low[1])
        assert high[1] < limits[3]


def test_frames_of_a_film_are_spaced_by_change():
    at = [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    frames = [{'x': np.array([value])} for value in at]
    places = animations.evenly_changing(frames, most=5)
    assert [at[place] for place in places] == [0, 1, 2, 3, 4, 4]
    assert places[0] == 0
    assert places[-1] == len(at) - 1


def test_few_frames_are_all_shown():
    frames = [{'x': np.zeros(2)}] * 4
    assert animations.evenly_changing(frames, most=5) == [0, 1, 2, 3]


def test_frames_that_never_change_leave_the_first_and_the_last():
    assert animations.evenly_changing([{'x': np.zeros(2)}] * 9, most=5) == [0, 8]
