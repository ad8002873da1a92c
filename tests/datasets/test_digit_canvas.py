from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlesson.datasets import DigitCanvas, Digits, check_splits, describe_split
from mmlesson.datasets.build import build_dataset
from mmlesson.errors import ArgumentError


@pytest.fixture(scope='module')
def canvases():
    return DigitCanvas('train', num_samples=40)


@pytest.fixture(scope='module')
def batch(canvases):
    return canvases.__getitems__(list(range(40)))


def test_batch_has_the_documented_shapes_and_types(batch):
    labels = batch['labels']
    assert (batch['inputs'].shape, batch['inputs'].dtype) == ((40, 1, 48, 48), torch.float32)
    shapes = {name: (tuple(values.shape), values.dtype) for name, values in labels.items()}
    assert shapes == {
        'bboxes': ((40, 4, 4), torch.float32),
        'labels': ((40, 4), torch.int64),
        'keypoints': ((40, 4, 5, 2), torch.float32),
        'instances': ((40, 48, 48), torch.uint8),
        'sem_seg': ((40, 48, 48), torch.uint8),
    }


def test_labels_of_a_canvas_agree_with_each_other(batch):
    """Boxes, classes and keypoints are found again in the masks."""
    labels = {name: values.numpy() for name, values in batch['labels'].items()}
    for row in range(40):
        count = (labels['labels'][row] >= 0).sum()
        assert labels['instances'][row].max() == count
        for number in range(count):
            rows, columns = np.nonzero(labels['instances'][row] == number + 1)
            box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert labels['bboxes'][row, number].tolist() == box
            centre = [columns.mean() + 0.5, rows.mean() + 0.5]
            assert labels['keypoints'][row, number, 4] == pytest.approx(centre, abs=1e-4)
            assert set(labels['sem_seg'][row][rows, columns]) == {labels['labels'][row, number] + 1}


def test_ink_is_bright_and_background_is_dark(batch):
    inputs, numbers = batch['inputs'][:, 0], batch['labels']['instances']
    assert inputs[numbers > 0].mean() > 0.6
    assert inputs[numbers == 0].mean() < 0.1


def test_entries_beyond_the_digits_are_padding(batch):
    empty = batch['labels']['labels'] < 0
    assert bool(empty.any())
    assert bool((batch['labels']['bboxes'][empty] == 0).all())
    assert {int(count) for count in (~empty).sum(1)} == {1, 2, 3, 4}


def test_same_arguments_give_the_same_canvases_and_more_begin_with_fewer():
    few, many = DigitCanvas('val', num_samples=5), DigitCanvas('val', num_samples=9)
    assert torch.equal(few._inputs, many._inputs[:5])
    other = DigitCanvas('val', num_samples=5, seed=1)
    assert not torch.equal(few._inputs, other._inputs)


def test_canvas_shows_digits_of_its_own_split():
    """Without noise, a digit of 8 pixels is one of the split's digits, at full contrast."""
    canvases = DigitCanvas('test', num_samples=20, digits=(1, 1), size=(8, 8), canvas=8, noise=0)
    digits = Digits('test')._inputs[:, 0].int()
    brightest = digits.amax((1, 2), keepdim=True)
    stretched = digits * 255 // brightest
    for shown in canvases._inputs[:, 0]:
        assert bool((stretched == shown).all((1, 2)).any())


def test_splits_are_those_of_the_digits_so_that_conflicts_are_found():
    train, val = DigitCanvas('train', num_samples=2), DigitCanvas('val', num_samples=2)
    facts = {'train': describe_split(train), 'val': describe_split(val)}
    assert facts['val']['sha256'] == Digits('val').splits['val'].sha256
    assert check_splits(facts) == []
    moved = describe_split(DigitCanvas('val', num_samples=2, split_seed=1))
    with pytest.raises(ArgumentError, match=r'holds .* samples of the training data'):
        check_splits({**facts, 'val': moved})


def test_a_subset_of_canvases_is_described_by_all_digits_of_its_split():
    canvases = DigitCanvas('train', num_samples=8)
    subset = torch.utils.data.Subset(canvases, [0, 7])
    assert describe_split(subset)['sha256'] == canvases.splits['train'].sha256


def test_sample_and_negative_index(canvases, batch):
    sample = canvases[-1]
    assert torch.equal(sample['inputs'], batch['inputs'][39])
    assert torch.equal(sample['labels']['bboxes'], batch['labels']['bboxes'][39])
    with pytest.raises(IndexError):
        canvases[40]


def test_batch_is_a_copy(canvases):
    canvases.__getitems__([0])['labels']['bboxes'].fill_(-1)
    assert bool((canvases._labels['bboxes'] >= 0).all())


def test_statistics_are_those_of_the_canvases(canvases, batch):
    mean, std = canvases.statistics()
    assert float(mean) == pytest.approx(float(batch['inputs'].double().mean()), abs=1e-6)
    assert float(std) == pytest.approx(float(batch['inputs'].double().std(correction=0)), abs=1e-6)
    with pytest.raises(ArgumentError, match="must come from split 'train'"):
        DigitCanvas('val', num_samples=1).statistics()


def test_facts_are_those_of_the_built_dataset(canvases):
    facts = DigitCanvas.facts(type='DigitCanvas', canvas=48)
    assert facts['input_shape'] == canvases.metainfo['input_shape']
    assert facts['num_classes'] == len(canvases.metainfo['classes'])


def test_config_builds_it():
    built = build_dataset({'type': 'mmlesson.DigitCanvas', 'split': 'val', 'num_samples': 3})
    assert len(built) == 3
    assert built.__getitems__([0, 1])['labels']['labels'].shape == (2, 4)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'split': 'valid'}, 'split must be one of'),
        ({'digits': (3, 2)}, r'digits must be \(smallest, largest\) within 1 to 255'),
        ({'digits': 4}, 'digits must be two ints, got 4'),
        ({'size': (12, 49)}, 'size must be .* within 8 to 48'),
        ({'noise': -1}, 'noise must be'),
        ({'num_samples': 0}, 'num_samples must be'),
        ({'digits': (9, 9), 'size': (18, 18)}, 'must have room for its digits'),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        DigitCanvas(**{'num_samples': 2, **arguments})
