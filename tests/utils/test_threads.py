import os

import pytest
import torch
from torch import nn

from mmlesson.utils import threads
from mmlesson.utils.threads import (
    SMALL_STEP,
    choose_threads,
    cores_per_process,
    count_cores,
    set_threads,
    single_threaded,
    step_work,
)


@pytest.mark.parametrize(
    ('work', 'wanted', 'env', 'expected'),
    [
        (0, None, {}, 1),
        (SMALL_STEP, None, {}, 1),
        (SMALL_STEP + 1, None, {}, 8),
        (None, None, {}, 8),
        (0, None, {'OMP_NUM_THREADS': '8'}, 8),
        (0, 3, {}, 3),
        (SMALL_STEP + 1, 3, {'OMP_NUM_THREADS': '8'}, 3),
    ],
)
def test_number_is_chosen_by_work_unless_it_is_set(work, wanted, env, expected):
    assert choose_threads(work, 8, wanted, env)[0] == expected


def test_reason_is_given():
    assert choose_threads(300_000, 8, None, {})[1] == '300,000 multiply-adds per step are few'
    assert choose_threads(0, 8, None, {'OMP_NUM_THREADS': '8'})[1] == 'OMP_NUM_THREADS'
    assert choose_threads(0, 8, 2, {})[1] == 'env_cfg.cpu_threads'


def test_work_of_a_linear_network_is_its_multiply_adds():
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    assert step_work(model, (64,), 16) == 16 * (64 * 32 + 32 * 10)
    assert step_work(model, (1, 8, 8), 16) == 16 * (64 * 32 + 32 * 10)


def test_kernels_count_once_for_each_pixel():
    model = nn.Sequential(nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1))
    assert step_work(model, (3, 10, 20), 2) == 2 * 200 * (3 * 8 * 25 + 8 * 4)


def test_work_is_unknown_for_sequences_and_without_a_shape():
    sequence = nn.Conv1d(2, 2, 3)
    assert step_work(sequence, (2, 100), 4) is None
    assert step_work(nn.Linear(2, 2), None, 4) is None
    assert step_work(nn.Linear(2, 2), (2,), None) is None


def test_model_without_parameters_has_no_work():
    assert step_work(nn.Flatten(), (2,), 4) == 0


@pytest.fixture
def number(monkeypatch):
    """Let torch have eight threads, which no test changes."""
    state = {'now': 8}
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    monkeypatch.setattr(threads, '_chosen', None)
    monkeypatch.setattr(torch, 'get_num_threads', lambda: state['now'])
    monkeypatch.setattr(torch, 'set_num_threads', lambda count: state.update(now=count))
    return state


def test_a_large_step_after_a_small_one_has_all_threads_again(number):
    assert set_threads(10)[0] == number['now'] == 1
    assert set_threads(SMALL_STEP + 1)[0] == number['now'] == 8


def test_a_number_set_in_between_is_kept(number):
    set_threads(10)
    number['now'] = 4
    assert set_threads(SMALL_STEP + 1)[0] == number['now'] == 4


def test_share_is_at_least_one_core(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: range(8), raising=False)
    assert count_cores() == 8
    assert [cores_per_process(count) for count in (1, 3, 8, 9)] == [8, 2, 1, 1]


def test_number_of_cores_without_affinity(monkeypatch):
    monkeypatch.delattr(os, 'sched_getaffinity', raising=False)
    monkeypatch.setattr(os, 'cpu_count', lambda: 6)
    assert count_cores() == 6


def test_environment_of_a_process_keeps_its_number():
    assert single_threaded({'A': 'b'}) == {'A': 'b', 'OMP_NUM_THREADS': '1'}
    assert single_threaded({'OMP_NUM_THREADS': '5'}) == {'OMP_NUM_THREADS': '5'}
