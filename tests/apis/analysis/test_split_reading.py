"""One pass over a split: faults name the samples."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch

from mmlesson.apis.analysis.split_reading import SplitReading
from mmlesson.datasets import Moons, lesson_collate


def reading(samples, num_classes=None):
    loader = SimpleNamespace(dataset=samples, collate_fn=lesson_collate)
    return SplitReading('train', loader, num_classes)


class Broken(list):
    """Samples, of which one cannot be read."""

    def __getitem__(self, index):
        if index == 3:
            raise OSError('disk error at 3')
        return super().__getitem__(index)


def vectors(count, size=2):
    return [{'inputs': torch.arange(size) + float(i), 'labels': i % 2} for i in range(count)]


def test_counts_and_ranges_are_those_of_the_data():
    data = Moons('train')
    found = reading(data)
    batch = data.__getitems__(list(range(len(data))))
    assert found.counts.tolist() == np.bincount(batch['labels']).tolist()
    assert found.low.tolist() == batch['inputs'].numpy().min(0).tolist()
    assert found.high.tolist() == batch['inputs'].numpy().max(0).tolist()
    assert found.faults == []
    assert len(set(found.hashes.tolist())) == len(np.unique(batch['inputs'].numpy(), axis=0))


def test_sample_that_cannot_be_read_is_named_and_others_are_counted():
    found = reading(Broken(vectors(10)))
    assert found.faults == ['1 sample cannot be read: disk error at 3.']
    assert found.counts.tolist() == [5, 4]
    assert found.unusable == {3}


def test_value_that_is_not_finite_is_a_fault():
    samples = vectors(4)
    samples[2]['inputs'][0] = np.nan
    (fault,) = reading(samples).faults
    assert 'finite' in fault
    assert 'nan' in fault


def test_label_beyond_the_classes_is_a_fault():
    samples = vectors(4)
    samples[1]['labels'] = 7
    found = reading(samples, num_classes=2)
    assert found.faults == ['labels that are no class index below 2: 1 (first 7 of sample 1).']


def test_samples_of_two_shapes_are_a_fault():
    found = reading(vectors(2) + vectors(2, size=3))
    assert '(2,), (3,)' in found.faults[-1]


def test_constant_features_and_images_are_found():
    rows = [{'inputs': torch.tensor([1.0, float(i)]), 'labels': 0} for i in range(5)]
    assert reading(rows).constant_features == [0]
    images = [{'inputs': torch.full((1, 2, 2), 0.5), 'labels': 0}, *square_images(3)]
    found = reading(images)
    assert found.constant == [0]
    assert found.is_image
    assert found.faults == ['images of a single value: 1 (sample 0).']


def square_images(count):
    return [{'inputs': torch.rand(1, 2, 2), 'labels': 0} for _ in range(count)]
