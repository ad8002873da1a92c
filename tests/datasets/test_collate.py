import pickle
from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import FUNCTIONS as MMENGINE_FUNCTIONS
from torch.utils.data import ConcatDataset, DataLoader, IterableDataset, Subset

from mmlesson.datasets import Digits, lesson_collate
from mmlesson.datasets.collate import SampleError, name_failing_samples, read_samples
from mmlesson.errors import ArgumentError
from mmlesson.registry import FUNCTIONS


def packed(shape=(3, 4, 4), label=1, fill=200):
    """Return what PackInputs makes of one image."""
    inputs = torch.full(shape, fill, dtype=torch.uint8)
    return {'inputs': inputs, 'data_samples': SimpleNamespace(gt_label=torch.tensor([label]))}


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
    ],
)
def test_other_input_is_refused(batch, message):
    with pytest.raises(ArgumentError, match=message):
        lesson_collate(batch)


class Unreadable:
    """A dataset that is read sample by sample, and whose sample 5 cannot be read."""

    transforms = None

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if index == 5:
            raise OSError('cannot identify image file')
        return {'inputs': torch.full((2,), float(index)), 'labels': 0}


@pytest.mark.parametrize('workers', [0, 1])
def test_a_sample_that_fails_is_named_with_its_cause(workers):
    dataset = name_failing_samples(Unreadable())
    loader = DataLoader(dataset, batch_size=4, num_workers=workers, collate_fn=lesson_collate)
    with pytest.raises(SampleError, match=r'Unreadable: sample 5 failed .*cannot ident') as found:
        list(loader)
    if workers == 0:
        assert isinstance(found.value.__cause__, OSError)
    else:  # the traceback of another process is text
        assert 'OSError: cannot identify image file' in str(found.value)


def test_naming_leaves_the_dataset_itself_unchanged():
    dataset = Unreadable()
    name_failing_samples(dataset)
    assert vars(dataset) == {}
    assert not hasattr(dataset, '__getitems__')


def test_attributes_of_a_named_dataset_are_those_of_the_dataset():
    dataset = Unreadable()
    named = name_failing_samples(dataset)
    named.transforms = ['flip']
    assert dataset.transforms == named.transforms == ['flip']
    assert len(named) == 8
    assert not hasattr(named, 'metainfo')


def test_named_dataset_survives_pickling():
    copy = pickle.loads(pickle.dumps(name_failing_samples(Unreadable())))
    assert copy[3]['inputs'].tolist() == [3, 3]
    with pytest.raises(SampleError, match='Unreadable: sample 5'):
        copy[5]


class Stream(IterableDataset):
    def __iter__(self):
        return iter(())


@pytest.mark.parametrize('dataset', [Digits(), Stream()])
def test_dataset_that_returns_whole_batches_and_a_stream_are_not_wrapped(dataset):
    assert name_failing_samples(dataset) is dataset


@pytest.mark.parametrize('dataset', [Digits(), ConcatDataset([Digits()])])
def test_samples_are_read_by_index_without_the_sampler(dataset):
    loader = DataLoader(dataset, batch_size=4, shuffle=True, collate_fn=lesson_collate)
    state = torch.get_rng_state()
    batch = read_samples(loader, (9, 2))
    assert torch.equal(batch['inputs'], Digits().__getitems__([9, 2])['inputs'])
    assert torch.equal(batch['labels'], Digits().__getitems__([9, 2])['labels'])
    assert torch.equal(torch.get_rng_state(), state)
