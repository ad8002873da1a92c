from functools import partial

import pytest
import torch
from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader, Subset, WeightedRandomSampler

from mmlesson.datasets import Digits, block_reading, lesson_collate
from mmlesson.datasets.block_reading import batches_of

DATASET = Digits(split='val')


class Shaky(Digits):
    def __getitems__(self, indices):
        batch = super().__getitems__(indices)
        batch['inputs'] += torch.rand_like(batch['inputs'])
        return batch


def same_batches(loader, most=30):
    """Compare with torch's own iteration: the batches, and the random numbers drawn after each."""
    passes = []
    for iterate in (batches_of, iter):
        torch.manual_seed(3)
        batches, found = iterate(loader), []
        for batch, _ in zip(batches, range(most), strict=False):
            found.append((batch['inputs'], batch['labels'], torch.rand(1)))
        passes.append(found)
    ours, torchs = passes
    assert len(ours) == len(torchs) > 0
    for one, other in zip(ours, torchs, strict=True):
        assert all(map(torch.equal, one, other))


@pytest.mark.parametrize('drop_last', [False, True])
@pytest.mark.parametrize('size', [1, 7, 64, 1000])
def test_batches_are_those_of_the_loader(size, drop_last, monkeypatch):
    monkeypatch.setattr(block_reading, 'BLOCK_BYTES', 20_000)  # 78 digits
    same_batches(
        DataLoader(
            DATASET,
            size,
            True,
            drop_last=drop_last and size < 64,
            collate_fn=partial(lesson_collate),
        )
    )


def test_sampler_of_mmengine_is_read_ahead():
    loader = DataLoader(DATASET, 16, sampler=DefaultSampler(DATASET), collate_fn=lesson_collate)
    assert block_reading._is_in_memory(loader)
    same_batches(loader)


@pytest.mark.parametrize(
    'options',
    [
        {'dataset': Subset(DATASET, range(9))},
        {'dataset': Shaky(split='val')},
        {'sampler': WeightedRandomSampler([1.0] * 50, 50)},
        {'collate_fn': partial(torch.utils.data.default_collate)},
        {'batch_size': None},
    ],
    ids=['wrapped dataset', 'random dataset', 'other sampler', 'other collate', 'no batches'],
)
def test_other_loaders_are_iterated_over_as_they_are(options):
    options = {'dataset': DATASET, 'batch_size': 4, 'collate_fn': lesson_collate, **options}
    loader = DataLoader(**options)
    assert not block_reading._is_in_memory(loader)
    if options['collate_fn'] is lesson_collate and options['batch_size']:
        same_batches(loader)


def test_changing_a_batch_in_place_changes_no_data():
    loader = DataLoader(DATASET, 10, collate_fn=lesson_collate)
    before = DATASET.__getitems__(range(10))['inputs']
    next(batches_of(loader))['inputs'].zero_()
    assert torch.equal(next(batches_of(loader))['inputs'], before)
