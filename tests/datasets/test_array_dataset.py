import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from mmlesson.datasets import ArrayDataset, Circles, Digits, lesson_collate
from mmlesson.errors import ArgumentError

RNG = np.random.RandomState(0)
IMAGES = RNG.randint(0, 256, (50, 3, 4, 5)).astype(np.uint8)
LABELS = np.arange(50) % 2


class Small(ArrayDataset):
    classes = ('even', 'odd')
    scale = 1 / 255
    arrays = (IMAGES, LABELS, None)

    def _load(self):
        return self.arrays


def small(arrays, **kwargs):
    return type('Small', (Small,), {'arrays': arrays})(**kwargs)


def test_batch_holds_the_scaled_rows_of_the_split():
    dataset = Small('val')
    rows = dataset.splits['val'].indices[[3, 0]]
    batch = dataset.__getitems__([3, 0])
    assert set(batch) == {'inputs', 'labels'}
    assert (batch['inputs'].dtype, batch['labels'].dtype) == (torch.float32, torch.int64)
    np.testing.assert_allclose(batch['inputs'].numpy(), IMAGES[rows] / 255, rtol=1e-6)
    assert batch['labels'].tolist() == LABELS[rows].tolist()


def test_uint8_is_kept_as_uint8_until_a_batch_is_made():
    assert Small()._inputs.dtype == torch.uint8


def test_double_inputs_become_float32_and_are_not_scaled():
    dataset = small((IMAGES.astype(np.float64), LABELS, None))
    rows = dataset.splits['train'].indices
    batch = dataset.__getitems__([0])['inputs']
    assert batch.dtype == torch.float32
    np.testing.assert_array_equal(batch[0].numpy(), IMAGES[rows[0]])


@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_changing_a_batch_does_not_change_the_data(dtype):
    dataset = small((IMAGES.astype(dtype), LABELS, None))
    for batch in (dataset.__getitems__([0]), dataset[0]):
        before = batch['inputs'].clone()
        batch['inputs'].add_(1)
        batch['labels'].add_(1)
        assert torch.equal(dataset[0]['inputs'], before.reshape(3, 4, 5))
    assert dataset[0]['labels'] == LABELS[dataset.splits['train'].indices[0]]


def test_a_sample_has_no_batch_axis_and_counts_from_the_end():
    dataset = Small()
    assert dataset[0]['inputs'].shape == (3, 4, 5)
    assert dataset[0]['labels'].shape == ()
    assert torch.equal(dataset[-1]['inputs'], dataset[len(dataset) - 1]['inputs'])
    with pytest.raises(IndexError):
        dataset[len(dataset)]
    assert len(list(dataset)) == len(dataset) == 30


def test_the_three_splits_together_give_each_sample_once():
    seen = [one['inputs'].numpy() for name in ('train', 'val', 'test') for one in Small(name)]
    oracle = (IMAGES.astype(np.float32) * np.float32(1 / 255)).tolist()
    assert sorted(one.tolist() for one in seen) == sorted(oracle)


def test_strata_override_the_labels():
    strata = np.repeat([0, 1], [45, 5])
    dataset = small((IMAGES, LABELS, strata), split_ratio=(0.8, 0, 0.2))
    assert (strata[dataset.splits['test'].indices] == 1).sum() == 1


def test_metainfo_is_plain_and_complete():
    assert Small('val', split_seed=4, split_ratio=[0.5, 0.5, 0]).metainfo == {
        'dataset': 'Small',
        'classes': ('even', 'odd'),
        'input_shape': (3, 4, 5),
        'split': 'val',
        'split_seed': 4,
        'split_ratio': (0.5, 0.5, 0),
        'fold': None,
    }


def test_source_hash_changes_with_any_byte_dtype_or_label_and_not_with_the_split():
    images, labels = IMAGES.copy(), LABELS.copy()
    images[-1, -1, -1, -1] ^= 1
    labels[0] = 1
    sources = [
        Small('train', split_seed=1).source_sha256,
        small((images, LABELS, None)).source_sha256,
        small((IMAGES, labels, None)).source_sha256,
        small((IMAGES.astype(np.float32), LABELS, None)).source_sha256,
    ]
    assert len(set(sources)) == 4
    assert Small('test').source_sha256 == sources[0]
    swapped = IMAGES.astype('>f4')
    assert small((swapped, LABELS, None)).source_sha256 == sources[3]


# --- statistics ---------------------------------------------------------------------------------


def test_statistics_per_channel_equal_numpy_on_the_training_split_alone():
    dataset = Small()
    mean, std = dataset.statistics()
    rows = IMAGES[dataset.splits['train'].indices] / 255
    assert mean.dtype == std.dtype == torch.float32
    np.testing.assert_allclose(mean.numpy(), rows.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(std.numpy(), rows.std((0, 2, 3)), rtol=1e-6)
    assert not np.allclose(mean.numpy(), (IMAGES / 255).mean((0, 2, 3)), rtol=1e-4)


def test_statistics_per_feature_and_a_constant_feature_has_deviation_one():
    vectors = RNG.standard_normal((50, 4))
    vectors[:, 2] = 0.1
    dataset = small((vectors, LABELS, None))
    mean, std = dataset.statistics()
    rows = vectors[dataset.splits['train'].indices]
    np.testing.assert_allclose(mean.numpy(), rows.mean(0), rtol=1e-5)
    np.testing.assert_allclose(std.numpy()[[0, 1, 3]], rows.std(0)[[0, 1, 3]], rtol=1e-5)
    assert std[2] == 1


def test_statistics_are_summed_in_double_precision():
    vectors = 1e6 + RNG.standard_normal((50, 1))
    dataset = small((vectors, LABELS, None))
    rows = vectors.astype(np.float32)[dataset.splits['train'].indices].astype(np.float64)
    np.testing.assert_allclose(dataset.statistics()[1].numpy(), rows.std(0), rtol=1e-6)


@pytest.mark.parametrize('split', ['val', 'test'])
def test_statistics_of_another_split_are_refused(split):
    with pytest.raises(ArgumentError, match=rf"Small\.statistics must.*'train', got '{split}'"):
        Small(split).statistics()


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'split': 'tset'}, r"Small\.split must be one of 'train', 'val', 'test'.*mean 'test'\?"),
        ({'split': None}, r'Small\.split must be one of .*got None'),
        ({'split_seed': 'x'}, r'Small\.split_seed must be an int >= 0'),
        ({'split_ratio': (1, 1, 1)}, r'Small\.split_ratio must sum to 1'),
        (
            {'split': 'val', 'split_ratio': (0.5, 0, 0.5)},
            r"Small\.split 'val' is empty: its fraction in split_ratio=\(0\.5, 0, 0\.5\) is 0",
        ),
        (
            {'split': 'val', 'split_ratio': (0.99, 0.001, 0.009)},
            r"Small\.split 'val' is empty: 50 samples are too few for its fraction 0\.001",
        ),
    ],
)
def test_bad_arguments_are_named(kwargs, message):
    with pytest.raises(ArgumentError, match=message):
        Small(**kwargs)


@pytest.mark.parametrize(
    ('arrays', 'message'),
    [
        ((IMAGES, LABELS[:-1], None), r'inputs \(N, \.\.\.\) and labels \(N,\), got shapes'),
        ((LABELS / 2, LABELS, None), 'got shapes'),
        ((IMAGES.astype(np.int32), LABELS, None), 'uint8 or float inputs, got int32'),
        ((IMAGES, LABELS + 1, None), r'integer labels in \[0, 2\), got int64 with values \[1, 2\]'),
        ((IMAGES, LABELS - 1, None), r'integer labels in \[0, 2\)'),
        ((IMAGES, LABELS.astype(float), None), r'integer labels in \[0, 2\), got float64'),
    ],
)
def test_arrays_of_a_subclass_are_checked(arrays, message):
    with pytest.raises(ArgumentError, match=r'Small\._load must return .*' + message):
        small(arrays)


# --- a real DataLoader --------------------------------------------------------------------------


@pytest.mark.parametrize('num_workers', [0, 1])
def test_data_loader_returns_full_batches_and_a_last_batch_of_one_sample(num_workers):
    dataset = Circles(num_samples=63, num_classes=3, split_ratio=(1, 0, 0))
    loader = DataLoader(dataset, 31, collate_fn=lesson_collate, num_workers=num_workers)
    batches = list(loader)
    assert [len(batch['labels']) for batch in batches] == [31, 31, 1]
    assert batches[-1]['inputs'].shape == (1, 2)
    joined = torch.cat([batch['inputs'] for batch in batches])
    assert torch.equal(joined, dataset.__getitems__(list(range(63)))['inputs'])


def test_data_loader_calls_the_dataset_once_per_batch(monkeypatch):
    asked = []
    whole_batch = Digits.__getitems__
    monkeypatch.setattr(
        Digits, '__getitems__', lambda self, rows: asked.append(rows) or whole_batch(self, rows)
    )
    next(iter(DataLoader(Digits(), 64, collate_fn=lesson_collate)))
    assert asked == [list(range(64))]
