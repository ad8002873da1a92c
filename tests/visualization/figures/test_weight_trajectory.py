import numpy as np
import pytest
import torch
from torch import nn

from mmlesson.visualization.figures.weight_trajectory import (
    MAX_NUMBERS,
    MIN_POINTS,
    WeightTrajectory,
)


def set_to(model, value):
    for parameter in model.parameters():
        nn.init.constant_(parameter, value)


def record(count):
    model = nn.Linear(2, 1)
    trajectory = WeightTrajectory.of(model)
    for iteration in range(count):
        set_to(model, float(iteration))
        trajectory.add(model, iteration)
    return trajectory


def test_points_are_all_parameters_in_one_vector():
    model = nn.Linear(2, 1)
    trajectory = WeightTrajectory.of(model)
    trajectory.add(model, 0)
    expected = torch.cat([p.detach().reshape(-1) for p in model.parameters()]).double().numpy()
    np.testing.assert_array_equal(trajectory.points, [expected])


def test_trajectory_is_bounded_and_keeps_its_start():
    trajectory = record(1000)
    assert 70 < len(trajectory) <= 150
    assert trajectory.points[0].tolist() == [0.0, 0.0, 0.0]


def test_last_point_is_kept_even_if_not_due():
    model, trajectory = nn.Linear(2, 1), record(999)
    set_to(model, 777.0)
    trajectory.add(model, 1001, last=True)
    assert trajectory.points[-1].tolist() == [777.0] * 3


def test_saved_trajectory_is_loaded_up_to_the_resumed_iteration(tmp_path):
    trajectory = record(20)
    trajectory.save(tmp_path)
    np.testing.assert_array_equal(WeightTrajectory.load(tmp_path).points, trajectory.points)
    assert len(WeightTrajectory.load(tmp_path, until=9)) == 10


def test_trajectory_is_written_only_if_it_has_changed(tmp_path):
    model, trajectory = nn.Linear(2, 1), record(20)
    file = tmp_path / 'weight_path.npz'
    trajectory.save(tmp_path)
    file.unlink()
    trajectory.save(tmp_path)
    assert not file.exists()
    trajectory.add(model, 20)
    trajectory.save(tmp_path)
    assert len(WeightTrajectory.load(tmp_path)) == 21


def test_other_weights_at_the_last_moment_are_written(tmp_path):
    model, trajectory = nn.Linear(2, 1), record(20)
    trajectory.save(tmp_path)
    set_to(model, 777.0)
    trajectory.add(model, 19, last=True)
    trajectory.save(tmp_path)
    assert WeightTrajectory.load(tmp_path).points[-1].tolist() == [777.0] * 3


def test_run_without_a_trajectory_has_none(tmp_path):
    assert WeightTrajectory.load(tmp_path) is None


def test_large_model_has_no_trajectory():
    assert WeightTrajectory.of(nn.Linear(MAX_NUMBERS // MIN_POINTS + 1, 1)) is None


@pytest.mark.parametrize(
    ('arrays', 'message'),
    [
        ({'weights': np.zeros((2, 3))}, "lacks the array 'iterations'"),
        ({'iterations': [1, 0], 'weights': np.zeros((2, 3))}, 'not whole numbers that grow'),
        (
            {'iterations': np.uint8([1, 0]), 'weights': np.zeros((2, 3))},
            'not whole numbers that grow',
        ),
        ({'iterations': [-1, 0], 'weights': np.zeros((2, 3))}, 'not whole numbers that grow'),
        ({'iterations': [0.5, 1], 'weights': np.zeros((2, 3))}, 'not whole numbers that grow'),
        ({'iterations': [0, 1], 'weights': np.zeros((3, 3))}, 'not a vector of floats for each'),
        ({'iterations': [0, 1], 'weights': [['a'], ['b']]}, 'not a vector of floats for each'),
        ({'iterations': [0, 1], 'weights': np.zeros((2, 4))}, '4 weights, and the model has 3'),
    ],
)
def test_damaged_or_foreign_trajectory_is_named_and_left_out(tmp_path, caplog, arrays, message):
    np.savez(tmp_path / 'weight_path.npz', **arrays)
    assert WeightTrajectory.load(tmp_path, model=nn.Linear(2, 1)) is None
    assert message in caplog.text


def test_points_that_are_not_finite_are_left_out(tmp_path):
    weights = np.array([[0.0] * 3, [np.nan] * 3, [1.0] * 3], np.float32)
    np.savez(tmp_path / 'weight_path.npz', iterations=[0, 1, 2], weights=weights)
    points = WeightTrajectory.load(tmp_path, model=nn.Linear(2, 1)).points
    assert points.tolist() == [[0.0] * 3, [1.0] * 3]


def test_weights_that_no_float32_holds_are_left_out(tmp_path):
    weights = np.array([[0.0] * 3, [1e300] * 3, [1.0] * 3])
    np.savez(tmp_path / 'weight_path.npz', iterations=[0, 1, 2], weights=weights)
    assert WeightTrajectory.load(tmp_path).points.tolist() == [[0.0] * 3, [1.0] * 3]
