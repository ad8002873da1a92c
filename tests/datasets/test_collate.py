from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import FUNCTIONS as MMENGINE_FUNCTIONS
from torch.utils.data import ConcatDataset, DataLoader, Subset

from mmlesson.datasets import DigitCanvas, Digits, lesson_collate
from mmlesson.datasets.collate import read_samples
from mmlesson.errors import ArgumentError
from mmlesson.registry import FUNCTIONS


def packed(shape=(3, 4, 4), label=1, fill=200):
    """Return what PackInputs makes of one image."""
    inputs = torch.full(shape, fill, dtype=torch.uint8)
    return {'inputs': inputs, 'data_samples': SimpleNamespace(gt_label=torch.tensor([label]))}


def floats(*values):
    return {'inputs': torch.tensor(values, dtype=torch.float64), 'labels': 0}


def test_registered_and_found_as_the_configs_spell_it():
    assert FUNCTIONS.get('lesson_collate') is lesson_collate
    assert MMENGINE_FUNCTIONS.get('mmlesson.lesson_collate') is lesson_collate


def test_complete_batch_is_not_copied():
    batch = Digits().__getitems__([0, 1])
    out = lesson_collate(batch)
    assert out['inputs'] is batch['inputs']
    assert out['labels'] is batch['labels']


def test_own_samples_are_stacked_into_the_batch_of_the_dataset():
    dataset = Digits()
    together = dataset.__getitems__([4, 2, 9])
    for samples in ([dataset[4], dataset[2], dataset[9]], (dataset[4], dataset[2], dataset[9])):
        batch = lesson_collate(samples)
        assert torch.equal(batch['inputs'], together['inputs'])
        assert torch.equal(batch['labels'], together['labels'])
        assert (batch['inputs'].dtype, batch['labels'].dtype) == (torch.float32, torch.int64)


@pytest.mark.parametrize('size', [1, 3])
def test_pack_inputs_samples_become_a_batch_and_keep_their_range(size):
    batch = lesson_collate([packed(label=label) for label in range(size)])
    assert set(batch) == {'inputs', 'labels'}
    assert batch['inputs'].shape == (size, 3, 4, 4)
    assert (batch['inputs'].dtype, batch['labels'].dtype) == (torch.float32, torch.int64)
    assert (batch['inputs'] == 200).all()
    assert batch['labels'].tolist() == list(range(size))


def test_output_of_the_real_pack_inputs_is_accepted():
    from mmpretrain import structures

    sample = {'inputs': torch.ones(1, 8, 8), 'data_samples': structures.DataSample()}
    sample['data_samples'].set_gt_label(7)
    assert lesson_collate([sample])['labels'].tolist() == [7]


@pytest.mark.parametrize(
    'wrap', [lambda data: Subset(data, range(9)), lambda data: ConcatDataset([data, data])]
)
def test_wrapped_datasets_work_in_a_data_loader(wrap):
    batch = next(iter(DataLoader(wrap(Digits()), batch_size=4, collate_fn=lesson_collate)))
    expected = Digits().__getitems__([0, 1, 2, 3])
    assert torch.equal(batch['inputs'], expected['inputs'])
    assert torch.equal(batch['labels'], expected['labels'])


@pytest.mark.parametrize(
    ('batch', 'message'),
    [
        (None, 'in a list; got NoneType'),
        ([], 'in a list; got list of length 0'),
        ('text', 'in a list; got str'),
        ({'labels': 3}, r'in a list; got dict\(labels=int\)'),
        ([3], 'got a sample that is int'),
        ([(torch.ones(2), 1)], 'got a sample that is tuple of length 2'),
        ([{'img': torch.ones(2), 'label': 1}], r'a sample that is dict\(img=Tensor, label=int\)'),
        ([{'inputs': [1.0], 'labels': 1}], r'a sample that is dict\(inputs=list, labels=int\)'),
        ([{'inputs': torch.ones(2)}], r'without a label: dict\(inputs=Tensor\)\. Check that'),
        (
            [{'inputs': torch.ones(2), 'data_samples': SimpleNamespace()}],
            r'without a label: dict\(inputs=Tensor, data_samples=SimpleNamespace\)',
        ),
        ([packed(), packed((3, 5, 4))], r'one shape, got \(3, 4, 4\), \(3, 5, 4\)\. Add .*Resize'),
        ([{'inputs': torch.ones(2), 'labels': [0, 1]}], r'one class index .*label \[0, 1\]'),
        ([{'inputs': torch.ones(2), 'labels': 0.5}], 'one class index per sample, got label 0.5'),
        ([{'inputs': torch.ones(2), 'labels': 'cat'}], "got label 'cat'. Number the classes"),
        ([packed(label=-1)], 'class index >= 0 per sample, got label -1'),
        ([packed(label=-100)], 'class index >= 0 per sample, got label -100'),
        (
            [floats(1, 1), floats(1, torch.nan)],
            'finite in float32, got nan in sample 1 of',
        ),
        ([floats(1e300, 1)], r'finite in float32, got 1e\+300 in sample 0'),
    ],
)
def test_other_input_is_refused(batch, message):
    with pytest.raises(ArgumentError, match=message):
        lesson_collate(batch)


@pytest.mark.parametrize('dataset', [Digits(), ConcatDataset([Digits()])])
def test_samples_are_read_by_index_without_the_sampler(dataset):
    loader = DataLoader(dataset, batch_size=4, shuffle=True, collate_fn=lesson_collate)
    state = torch.get_rng_state()
    batch = read_samples(loader, (9, 2))
    assert torch.equal(batch['inputs'], Digits().__getitems__([9, 2])['inputs'])
    assert torch.equal(batch['labels'], Digits().__getitems__([9, 2])['labels'])
    assert torch.equal(torch.get_rng_state(), state)


# --- labels of several parts ---------------------------------------------------------------------


def test_samples_with_several_labels_are_stacked_into_the_batch_of_the_dataset():
    dataset = DigitCanvas('val', num_samples=3)
    batch = lesson_collate([dataset[2], dataset[0]])
    expected = dataset.__getitems__([2, 0])
    assert torch.equal(batch['inputs'], expected['inputs'])
    assert list(batch['labels']) == list(expected['labels'])
    for name, values in expected['labels'].items():
        assert torch.equal(batch['labels'][name], values)


def test_labels_that_differ_in_shape_are_refused():
    samples = [
        {'inputs': torch.zeros(1, 2, 2), 'labels': {'bboxes': torch.zeros(count, 4)}}
        for count in (1, 2)
    ]
    with pytest.raises(ArgumentError, match=r"labels\['bboxes'\] of every sample .* padded if"):
        lesson_collate(samples)
