"""Whose samples are whose: each sample counts once, by a count over all of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch.utils.data import DataLoader, TensorDataset

from mmlesson.engine.distributed.batch_shards import BatchSharding, take_all


def loader_of(rank: int, processes: int, samples: int, batch_size: int, **options) -> DataLoader:
    dataset = TensorDataset(torch.arange(samples))
    sampler = DefaultSampler(dataset, shuffle=True, seed=0)
    sampler.rank, sampler.world_size = rank, processes
    sampler.num_samples = -(-samples // processes)
    sampler.total_size = sampler.num_samples * processes
    return DataLoader(dataset, batch_size, sampler=sampler, **options)


@pytest.mark.parametrize('processes', [1, 2, 3, 4])
@pytest.mark.parametrize('samples', [4, 16, 17, 18, 21, 33])
@pytest.mark.parametrize('batch_size', [1, 2, 4])
def test_every_sample_counts_once_with_equal_weight(processes, samples, batch_size):
    loaders = [loader_of(r, processes, samples, batch_size) for r in range(processes)]
    met: list[int] = []
    for batch_idx, batches in enumerate(zip(*loaders, strict=True)):
        own, weighted, total = [], 0.0, 0
        for loader, (values,) in zip(loaders, batches, strict=True):
            shard = BatchSharding(loader).of(batch_idx, len(values))
            mine = values[: shard.own]
            own += mine.tolist()
            weighted += shard.weight * float(mine.double().mean()) if shard.own else 0.0
            assert (shard.weight == 0) == (shard.own == 0)
            total = shard.total
        assert len(own) == total
        assert weighted / processes == pytest.approx(np.mean(own), abs=1e-12)
        met += own
    assert sorted(met) == list(range(samples))


def test_batches_are_those_of_one_process_with_the_batch_of_all():
    alone = [values.tolist() for (values,) in loader_of(0, 1, 21, 8)]
    loaders = [loader_of(rank, 2, 21, 4) for rank in range(2)]
    for whole, batches in zip(alone, zip(*loaders, strict=True), strict=True):
        parts = [values.tolist() for (values,) in batches]
        assert set(whole) <= {value for part in parts for value in part}


def test_last_batch_that_is_dropped_is_not_counted():
    loaders = [loader_of(rank, 2, 21, 4, drop_last=True) for rank in range(2)]
    counted = [BatchSharding(one).of(i, 4).own for one in loaders for i in range(len(one))]
    assert counted == [4, 4, 4, 4]


def test_endless_sampler_has_equal_weights():
    dataset = TensorDataset(torch.arange(8))
    loader = DataLoader(dataset, 2, sampler=InfiniteSampler(dataset, seed=0))
    shard = BatchSharding(loader).of(1000, 2)
    assert (shard.own, shard.weight) == (2, 1.0)


def test_sampler_of_all_samples_returns_all_to_each_process():
    loader = loader_of(1, 2, 21, 4)
    take_all(loader.sampler)
    assert sorted(value for (values,) in loader for value in values.tolist()) == list(range(21))
    assert len(loader) == 6
