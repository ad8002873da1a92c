"""mmengine's and mmpretrain's dataset wrappers around the lessons' datasets."""

import math

import numpy as np
import pytest
import torch
from mmengine.dataset import RepeatDataset  # registers all wrappers of mmengine
from mmengine.registry import DATASETS, init_default_scope
from torch.utils.data import ConcatDataset, Subset

from mmlesson.datasets import ArrayDataset
from mmlesson.datasets.wrappers import statistics_of
from mmlesson.errors import ArgumentError
from mmlesson.registry import DATASETS as OURS

RNG = np.random.RandomState(0)
VECTORS = RNG.standard_normal((100, 3))
LABELS = np.repeat([0, 1], [90, 10])


@OURS.register_module()
class RareClass(ArrayDataset):
    """A tenth of the samples is of class 1."""

    classes = ('common', 'rare')

    def _load(self):
        return VECTORS, LABELS, None


def wrapped(kind, **options):
    init_default_scope('mmlesson')
    inner = {'type': 'RareClass'}
    data = {'datasets': [inner, inner]} if kind == 'ConcatDataset' else {'dataset': inner}
    return DATASETS.build({'type': kind, **data, **options})


def test_rare_class_is_repeated_as_the_formula_says():
    dataset = wrapped('ClassBalancedDataset', oversample_thr=0.4)
    labels = torch.stack([dataset[index]['labels'] for index in range(len(dataset))])
    # Lvis: ceil(sqrt(0.4 / 0.1)) = 2 times for the rare class, once for the other.
    assert torch.bincount(labels).tolist() == [54, 2 * 6]
    assert dataset.get_cat_ids(0) == [int(labels[0])]


def test_repeated_and_joined_datasets_return_the_samples_in_order():
    alone = RareClass()
    assert isinstance(wrapped('RepeatDataset', times=2), RepeatDataset)
    for dataset in (wrapped('RepeatDataset', times=2), wrapped('ConcatDataset')):
        assert len(dataset) == 2 * len(alone)
        assert torch.equal(dataset[len(alone) + 3]['inputs'], alone[3]['inputs'])
        assert dataset.metainfo == alone.metainfo
        assert dataset.get_data_info(1)['gt_label'] == int(alone[1]['labels'])


def test_folds_of_mmpretrain_divide_the_samples():
    options = {'num_splits': 3, 'fold': 1}
    folds = [
        wrapped('mmpretrain.KFoldDataset', test_mode=mode, **options) for mode in (False, True)
    ]
    rows = [fold.dataset.splits['train'].indices for fold in folds]
    assert sorted(np.concatenate(rows)) == RareClass().splits['train'].indices.tolist()
    inputs = torch.stack([folds[1][index]['inputs'] for index in range(len(folds[1]))])
    np.testing.assert_array_equal(inputs.numpy(), VECTORS[rows[1]].astype(np.float32))


@pytest.mark.parametrize(('given', 'expected'), [(2, [0, 1]), (-2, [58, 59]), ([4, -1], [4, 59])])
def test_subset_holds_the_samples_asked_for(given, expected):
    whole = RareClass()
    subset = whole.get_subset(given)
    assert len(whole) == 60
    assert [int(one['labels']) for one in subset] == [int(whole[i]['labels']) for i in expected]
    assert all(
        torch.equal(a['inputs'], whole[b]['inputs']) for a, b in zip(subset, expected, strict=True)
    )


@pytest.mark.parametrize(
    ('kind', 'options'),
    [
        ('RepeatDataset', {'times': 3}),
        ('ClassBalancedDataset', {'oversample_thr': 0.4}),
        ('ConcatDataset', {}),
    ],
)
def test_statistics_are_those_of_the_training_samples(kind, options):
    dataset = wrapped(kind, **options)
    mean, std = statistics_of(dataset)
    rows = VECTORS[RareClass().splits['train'].indices]
    np.testing.assert_allclose(mean.numpy(), rows.mean(0), rtol=1e-5)
    np.testing.assert_allclose(std.numpy(), rows.std(0), rtol=1e-5)


def test_statistics_of_a_subset_are_those_of_its_samples():
    mean, _ = statistics_of(Subset(RareClass(), [7, 3]))
    rows = VECTORS[RareClass().splits['train'].indices[[3, 7]]]
    np.testing.assert_allclose(mean.numpy(), rows.mean(0), rtol=1e-5)


@pytest.mark.parametrize(
    'wrap', [lambda data: ConcatDataset([data]), lambda data: Subset(data, range(9))]
)
def test_statistics_never_come_from_another_split(wrap):
    with pytest.raises(ArgumentError, match="must come from split 'train', got 'val'"):
        statistics_of(wrap(RareClass('val')))


@pytest.mark.parametrize('dataset', [[1, 2], Subset([1, 2], [0])])
def test_statistics_of_other_data_are_unknown(dataset):
    assert statistics_of(dataset) is None


WRAPPERS = {
    'repeat': {'type': 'RepeatDataset', 'times': 2, 'dataset': {'type': 'Digits'}},
    'balance': {
        'type': 'ClassBalancedDataset',
        'oversample_thr': 0.2,
        'dataset': {'type': 'Digits'},
    },
    'concat': {'type': 'ConcatDataset', 'datasets': [{'type': 'Digits'}, {'type': 'Digits'}]},
}


@pytest.mark.parametrize(('name', 'size'), [('repeat', 1078), ('balance', 1078), ('concat', 2156)])
def test_wrapped_digits_train(train, name, size):
    changed = {'_delete_': True, **WRAPPERS[name]}
    summary = train('mlp/mlp_digits.py', train_dataloader__dataset=changed, train_cfg__max_epochs=1)
    assert summary['status'] == 'completed'
    # Each class is about a tenth of the samples: ceil(sqrt(0.2 / 0.1)) = 2 copies of each.
    assert summary['iterations'] == math.ceil(2 * 1078 / 64)
    assert summary['splits']['train']['size'] == size
