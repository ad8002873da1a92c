"""Random states of Python, NumPy and torch: captured, restored, seeded."""

from __future__ import annotations

import io
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmlesson.utils import rng_state


@pytest.fixture(autouse=True)
def same_state_afterwards():
    before = rng_state.capture()
    yield
    rng_state.restore(before)


def draw() -> tuple[float, ...]:
    return (
        random.random(),
        random.gauss(0, 1),
        float(np.random.rand()),
        float(np.random.randn()),
        float(torch.rand(1)),
        float(torch.randn(1)),
    )


def test_restored_generators_repeat_their_numbers():
    draw()  # an odd number of normals: the second of each pair is part of the state
    state = rng_state.capture()
    first = draw(), draw()
    assert first[0] != first[1]
    rng_state.restore(state)
    assert (draw(), draw()) == first


def test_state_survives_a_file_of_plain_data():
    file = io.BytesIO()
    torch.save(rng_state.capture(), file)
    first = draw()
    file.seek(0)
    rng_state.restore(torch.load(file, weights_only=True))
    assert draw() == first


def numbers_of_worker(worker: int, seed: int, rank: int, epoch: int) -> tuple[float, ...]:
    rng_state.seed_worker(worker, seed, rank, SimpleNamespace(epoch=epoch))
    return draw()


def test_workers_differ_by_worker_seed_rank_and_epoch():
    points = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    drawn = [numbers_of_worker(*point) for point in points]
    for numbers in zip(*drawn, strict=True):
        assert len(set(numbers)) == len(points)
    assert numbers_of_worker(*points[0]) == drawn[0]


def test_sampler_without_an_epoch_counts_as_epoch_zero():
    first = numbers_of_worker(2, 3, 1, 0)
    rng_state.seed_worker(2, 3, 1, object())
    assert draw() == first


def test_processes_differ_by_rank_and_iteration():
    drawn = []
    for seed, rank, iteration in [(0, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0)]:
        rng_state.seed_process(seed, rank, iteration)
        drawn.append(draw())
    assert len(set(drawn)) == 4


def test_seed_is_that_of_numpys_seed_sequence():
    rng_state.seed_process(5, 1)
    ours = float(torch.rand(1))
    word = int(np.random.SeedSequence((5, 1, 0)).generate_state(1)[0])
    assert ours == float(torch.rand(1, generator=torch.Generator().manual_seed(word)))
