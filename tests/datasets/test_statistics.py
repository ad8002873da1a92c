"""Statistics of any dataset against NumPy, and no trace of the pass that measures them."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from mmlesson.datasets import Digits, lesson_collate
from mmlesson.datasets.statistics import RunningStatistics, training_statistics
from mmlesson.errors import ArgumentError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (23, 3, 4, 5)).astype(np.uint8)


class Foreign(Dataset):
    """Samples as a user writes them, with an augmentation that draws random numbers."""

    def __init__(self, inputs, flips=False):
        self.inputs, self.flips = torch.as_tensor(inputs), flips

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        image = self.inputs[index]
        if self.flips and (random.random() + np.random.rand() + float(torch.rand(()))) > 1.5:
            image = image.flip(-1)
        return {'inputs': image, 'labels': 0}


def loader_of(dataset, **options):
    return DataLoader(
        dataset, **{'batch_size': 7, 'shuffle': True, 'collate_fn': lesson_collate, **options}
    )


def test_images_have_the_statistics_of_numpy():
    mean, std = training_statistics(loader_of(Foreign(IMAGES)))
    wide = IMAGES.astype(np.float64)
    np.testing.assert_allclose(mean.numpy(), wide.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(std.numpy(), wide.std((0, 2, 3)), rtol=1e-6)
    assert mean.dtype == std.dtype == torch.float32


def test_large_mean_beside_a_small_deviation_loses_no_digits():
    rows = 1e6 + RNG.standard_normal((1000, 2))
    running = RunningStatistics()
    for batch in torch.as_tensor(rows).split(13):
        running.update(batch)
    np.testing.assert_allclose(running.compute()[1].numpy(), rows.std(0), rtol=1e-6)


def test_constant_feature_has_deviation_one():
    rows = np.tile(np.float32([0.1, 7.0]), (9, 1))
    mean, std = training_statistics(loader_of(Foreign(rows), batch_size=4))
    np.testing.assert_allclose(mean.numpy(), [0.1, 7.0], rtol=1e-6)
    assert std.tolist() == [1.0, 1.0]


def test_samples_of_several_sizes_count_each_pixel_once():
    samples = [{'inputs': torch.full((1, side, side), float(side))} for side in (1, 3)]
    loader = loader_of(samples, collate_fn=lambda batch: {'inputs': [s['inputs'] for s in batch]})
    mean, std = training_statistics(loader)
    values = np.array([1.0] + 9 * [3.0])
    assert (mean.item(), std.item()) == pytest.approx((values.mean(), values.std()))


def test_pass_changes_no_random_state():
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.rand(), float(torch.rand(()))
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    training_statistics(loader_of(Foreign(IMAGES, flips=True)))
    assert (random.random(), np.random.rand(), float(torch.rand(()))) == expected


def test_our_dataset_answers_itself():
    digits = Digits()
    for found, own in zip(training_statistics(loader_of(digits)), digits.statistics(), strict=True):
        assert torch.equal(found, own)


class Stream(IterableDataset):
    def __iter__(self):
        yield {'inputs': torch.zeros(2), 'labels': 0}


@pytest.mark.parametrize(
    ('loader', 'message'),
    [
        (loader_of(Stream(), shuffle=False), 'Stream has no length'),
        (loader_of(Foreign(IMAGES), collate_fn=list), r'must give batches dict\(inputs=Tensor'),
        (
            loader_of(Foreign(np.full((3, 2), np.nan)), collate_fn=None),
            'Foreign has inputs that are NaN or infinite',
        ),
        (
            loader_of(
                [{'inputs': torch.zeros(1, 2, 2)}, {'inputs': torch.zeros(3, 2, 2)}],
                batch_size=1,
                collate_fn=None,
                shuffle=False,
            ),
            'must have the same channels, got 1 and 3',
        ),
    ],
    ids=['endless', 'other batches', 'NaN', 'grey and colour'],
)
def test_data_without_statistics_are_refused(loader, message):
    with pytest.raises(ArgumentError, match=message):
        training_statistics(loader)
