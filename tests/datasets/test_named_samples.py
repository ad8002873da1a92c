import pickle

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset

from mmlesson.datasets import Digits, lesson_collate
from mmlesson.datasets.named_samples import SampleError, name_failing_samples

READ_FAILED = r'^Unreadable: sample 5 failed \(OSError: cannot identify image file, test_named_s'


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
    with pytest.raises(SampleError, match=READ_FAILED) as found:
        list(loader)
    if workers == 0:
        assert isinstance(found.value.__cause__, OSError)
    else:  # the traceback of another process is text
        assert 'Traceback' in found.value.args[0]
    assert len(str(found.value).splitlines()) == 1
    assert found.value.status == 1


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
def test_array_dataset_and_stream_are_not_wrapped(dataset):
    assert name_failing_samples(dataset) is dataset


class Vectors:
    """A dataset of two features, whose last sample is not finite in float32."""

    values = torch.tensor([[0, 1], [2, 3], [4, 1e300]], dtype=torch.float64)
    labels = torch.tensor([0, 1, 0])

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return {'inputs': self.values[index], 'labels': self.labels[index]}


class Batches(Vectors):
    """The same, which returns a whole batch."""

    def __getitems__(self, indices):
        return {'inputs': self.values[indices], 'labels': self.labels[indices]}


@pytest.mark.parametrize('kind', [Vectors, Batches])
def test_value_that_is_not_finite_is_named_by_its_index(kind):
    dataset = name_failing_samples(kind())
    loader = DataLoader(dataset, batch_sampler=[[1, 0], [0, 2]], collate_fn=lesson_collate)
    batches = iter(loader)
    assert next(batches)['inputs'].tolist() == [[2, 3], [0, 1]]
    with pytest.raises(SampleError, match=rf'^{kind.__name__}: sample 2 must .* got 1e\+300'):
        next(batches)


@pytest.mark.parametrize(
    ('labels', 'message'),
    [
        (torch.tensor([0, -1, 0]), r'got \[-1, 0\] for the samples \[1, 0\]'),
        (torch.tensor([0.0, 1.0, 0.0]), r'got \[1.0, 0.0\]'),
        (torch.zeros(3, 2, dtype=torch.int64), r'got \[\[0, 0\], \[0, 0\]\]'),
    ],
)
def test_labels_of_a_whole_batch_are_checked(labels, message):
    dataset = Batches()
    dataset.labels = labels
    with pytest.raises(SampleError, match='labels of a batch must be a class index.*' + message):
        name_failing_samples(dataset).__getitems__([1, 0])


def test_batch_that_fails_is_named_by_its_samples():
    with pytest.raises(SampleError, match=r'one of the samples \[1, 7\] failed \(IndexError'):
        name_failing_samples(Batches()).__getitems__([1, 7])


class Boxes:
    """Returns batches with two labels, of which 'bboxes' has ``rows`` rows."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return {}

    def __getitems__(self, indices):
        labels = {'labels': torch.zeros(len(indices), 2), 'bboxes': torch.zeros(self.rows, 2, 4)}
        return {'inputs': torch.zeros(len(indices), 3), 'labels': labels}


def test_batch_with_several_labels_is_returned_if_each_has_a_row_per_sample():
    batch = name_failing_samples(Boxes(2)).__getitems__([0, 1])
    assert batch['labels']['bboxes'].shape == (2, 2, 4)
    with pytest.raises(SampleError, match=r"Boxes: labels\['bboxes'\] .* 2 samples, got \(3, 2, 4"):
        name_failing_samples(Boxes(3)).__getitems__([0, 1])
