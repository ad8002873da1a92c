import pytest

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.data_checks import (
    check_batches,
    check_classes,
    check_input_shape,
    check_last_batch,
    check_topk,
)
from mmlesson.registry import DATASETS

XOR = {'type': 'XOR', 'split': 'train'}
MLP = {'type': 'MLP', 'in_features': 2}


def tree_of(dataset=XOR, backbone=MLP, head=None, **loader):
    return ConfigTree(
        {
            'model': {'type': 'Classifier', 'backbone': backbone, 'head': head or {}},
            'train_dataloader': {'batch_size': 8, 'dataset': dataset, **loader},
        },
        None,
    )


def found(check, **options):
    return [(issue.path, issue.message) for issue in check(tree_of(**options))]


@pytest.mark.parametrize(('classes', 'count'), [(2, 0), (3, 1), (1, 1)])
def test_head_has_as_many_classes_as_the_data(classes, count):
    head = {'type': 'ClassificationHead', 'num_classes': classes}
    issues = found(check_classes, head=head)
    assert len(issues) == count
    for path, message in issues:
        assert path == 'model.head.num_classes'
        assert message == f'has {classes} classes, but XOR (train) has 2.'


def test_binary_head_has_two_classes():
    digits = {'type': 'Digits', 'split': 'train'}
    ((path, _),) = found(check_classes, dataset=digits, head={'type': 'BinaryHead'})
    assert path == 'model.head.type'


def test_network_is_made_for_the_shape_of_a_sample():
    assert found(check_input_shape) == []
    ((path, message),) = found(check_input_shape, backbone={'type': 'MLP', 'in_features': 3})
    assert path == 'model.backbone.in_features'
    assert message.endswith('a sample of XOR has the shape (2,). Set in_features=2.')


def test_batch_larger_than_the_split_drops_everything():
    assert found(check_batches, batch_size=1000) == []
    ((path, message),) = found(check_batches, batch_size=1000, drop_last=True)
    assert path == 'train_dataloader.batch_size'
    assert 'drops the only batch' in message


def test_batch_of_one_cannot_be_normalised():
    cnn = {'type': 'CNN', 'batch_norm': True}
    ((_, message),) = found(check_batches, backbone=cnn, batch_size=1)
    assert 'batch normalisation' in message
    assert found(check_batches, backbone={**cnn, 'batch_norm': False}, batch_size=1) == []


DIGITS = {'type': 'Digits', 'split': 'train'}  # 1078 samples
NECK = {'type': 'mmpretrain.LinearNeck', 'norm_cfg': {'type': 'BN1d'}}


def last_batch(neck=NECK, **loader):
    tree = tree_of(dataset=DIGITS, **loader)
    tree.tree['model']['neck'] = neck
    return list(check_last_batch(ConfigTree(tree.tree, None)))


@pytest.mark.parametrize('part', ['neck', 'backbone', 'head'])
def test_last_batch_of_one_under_batch_norm_is_found(part):
    model = {'type': 'Classifier', 'backbone': MLP, part: NECK}
    loader = {'batch_size': 359, 'dataset': DIGITS}  # 1078 = 3 * 359 + 1
    (issue,) = check_last_batch(ConfigTree({'model': model, 'train_dataloader': loader}, None))
    assert issue.path == 'train_dataloader.batch_size'
    assert issue.message.startswith('1078 samples in batches of 359 leave a last batch of one')


@pytest.mark.parametrize(
    ('dataset', 'size'),
    [
        ({'type': 'Blobs', 'num_samples': 400}, 240),
        ({'type': 'Blobs', 'num_classes': 3, 'num_samples': 33}, 21),  # 11 * 0.6 = 6.6, so 7 each
        ({'type': 'XOR', 'num_samples': 28}, 16),  # 7 * 0.6 = 4.2, so 4 of each corner
    ],
)
def test_last_batch_of_points_in_the_plane_is_counted_by_group(dataset, size):
    tree = tree_of(dataset={**dataset, 'split': 'train'}, batch_size=size - 1)
    tree.tree['model']['neck'] = NECK
    (issue,) = check_last_batch(ConfigTree(tree.tree, None))
    assert issue.message.startswith(f'{size} samples in batches of {size - 1} leave')
    assert len(DATASETS.build({'type': f'mmlesson.{dataset.pop("type")}', **dataset})) == size


@pytest.mark.parametrize(
    'options',
    [
        {'batch_size': 358},
        {'batch_size': 359, 'drop_last': True},
        {'batch_size': 359, 'neck': {'type': 'mmpretrain.LinearNeck', 'norm_cfg': None}},
    ],
)
def test_last_batch_that_can_be_normalised_is_fine(options):
    assert last_batch(**options) == []


@pytest.mark.parametrize(('topk', 'count'), [(2, 0), ((1, 2), 0), (3, 1), ([1, 5], 1)])
def test_top_k_is_within_the_classes(topk, count):
    head = {'type': 'ClassificationHead', 'num_classes': 2}
    metric = {'type': 'mmpretrain.Accuracy', 'topk': topk}
    tree = ConfigTree({'model': {'head': head}, 'test_evaluator': [metric]}, None)
    issues = list(check_topk(tree))
    assert len(issues) == count
    assert all(issue.path == 'test_evaluator.0.topk' for issue in issues)
