"""Data in the memory of the device; the device 'meta' stands for one that is not the CPU."""

from __future__ import annotations

import logging

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlesson.datasets import Digits, lesson_collate
from mmlesson.engine import device_resident
from mmlesson.engine.device_resident import keep_on_device
from mmlesson.errors import UserError

META = torch.device('meta')
LOGGER = logging.getLogger('test')


def loader_of(dataset, **options):
    return DataLoader(dataset, batch_size=7, collate_fn=lesson_collate, **options)


def test_batches_are_made_on_the_device():
    loader = loader_of(Digits())
    assert keep_on_device(loader, META, LOGGER)
    batch = next(iter(loader))
    assert {value.device for value in batch.values()} == {META}
    assert batch['inputs'].shape == (7, 1, 8, 8)
    assert batch['inputs'].dtype == torch.float32


def test_size_is_that_of_the_arrays():
    assert Digits().nbytes == 1078 * (64 + 8)


def test_data_that_do_not_fit_stay(monkeypatch, caplog):
    monkeypatch.setattr(device_resident, '_free_bytes', lambda device: 2 * 1078 * 72 - 1)
    loader = loader_of(Digits())
    assert not keep_on_device(loader, META, LOGGER)
    assert next(iter(loader))['inputs'].device.type == 'cpu'
    assert 'the train split takes 0 MB, more than half of the 0 MB that are free' in caplog.text


def test_other_datasets_stay_with_a_warning(caplog):
    assert not keep_on_device(loader_of(TensorDataset(torch.zeros(3))), META, LOGGER)
    assert 'TensorDataset is no ArrayDataset' in caplog.text


@pytest.mark.parametrize('options', [{'num_workers': 2}, {'pin_memory': True}])
def test_loaders_of_other_processes_are_refused(options):
    with pytest.raises(UserError, match='needs num_workers=0 and pin_memory=False, got'):
        keep_on_device(loader_of(Digits(), **options), META, LOGGER)


def test_run_has_the_same_weights(train):
    options = {'train_cfg__max_epochs': 1}
    plain = train('mlp/mlp_digits.py', 'plain', **options)
    resident = train('mlp/mlp_digits.py', 'resident', device_resident=True, **options)
    assert resident['weights_sha256'] == plain['weights_sha256']
    assert resident['test'] == plain['test']
