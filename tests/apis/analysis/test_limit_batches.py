"""Loaders and configs for training on a few batches."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import DistSamplerSeedHook
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler, TensorDataset

from mmlesson.apis.analysis.limit_batches import (
    first_batches,
    is_by_epoch,
    leave_out_early_stopping,
)


@pytest.mark.parametrize(('count', 'sizes'), [(1, [3]), (2, [3, 3]), (9, [3, 3, 1])])
def test_number_of_batches_is_limited_by_the_loader(count, sizes):
    loader = DataLoader(TensorDataset(torch.arange(7)), batch_size=3)
    assert [len(batch[0]) for batch in first_batches(loader, count)] == sizes


def test_shuffled_batches_are_the_same_in_each_epoch():
    few = first_batches(DataLoader(TensorDataset(torch.arange(50)), 5, shuffle=True), 2)
    first, second = ([batch[0].tolist() for batch in few] for _ in range(2))
    assert first == second
    assert len({*first[0], *first[1]}) == 10


def test_early_stopping_is_removed_wherever_it_is_registered():
    config = Config(
        {
            'custom_hooks': [{'type': 'mmlesson.EarlyStoppingHook'}, {'type': 'EMAHook'}],
            'default_hooks': {'stop': {'type': 'EarlyStoppingHook'}, 'timer': {'type': 'Timer'}},
        }
    )
    leave_out_early_stopping(config)
    assert config.custom_hooks == [{'type': 'EMAHook'}]
    assert config.default_hooks == {'stop': None, 'timer': {'type': 'Timer'}}


def test_config_without_hooks_is_accepted():
    config = Config({})
    leave_out_early_stopping(config)
    assert config.custom_hooks == []


def test_epochs_or_iterations():
    assert is_by_epoch(Config({'train_cfg': {'max_epochs': 3}}))
    assert not is_by_epoch(Config({'train_cfg': {'max_iters': 3}}))


def test_seed_hook_of_mmengine_finds_the_sampler_of_fixed_batches():
    data = TensorDataset(torch.arange(7))
    batches = BatchSampler(SequentialSampler(data), batch_size=3, drop_last=False)
    loop = SimpleNamespace(dataloader=first_batches(DataLoader(data, batch_sampler=batches), 2))
    DistSamplerSeedHook().before_train_epoch(SimpleNamespace(train_loop=loop, epoch=1))
    assert loop.dataloader.batch_sampler.sampler is batches.sampler
