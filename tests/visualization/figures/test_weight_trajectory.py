import numpy as np
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


def test_run_without_a_trajectory_has_none(tmp_path):
    assert WeightTrajectory.load(tmp_path) is None


def test_large_model_has_no_trajectory():
    assert WeightTrajectory.of(nn.Linear(MAX_NUMBERS // MIN_POINTS + 1, 1)) is None
