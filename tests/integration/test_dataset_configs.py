import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from paths import CONFIGS
from sklearn.datasets import load_digits
from tiny_data import write_cifar

from mmlesson.datasets import (
    Blobs,
    DigitCanvas,
    Digits,
    DownloadedDataset,
    check_splits,
    describe_split,
)
from mmlesson.registry import DATASETS, FUNCTIONS

NEEDS_FILES = ('image_folder', 'table')  # whose files the user has
BASES = sorted(
    path for path in (CONFIGS / '_base_/datasets').glob('*.py') if path.stem not in NEEDS_FILES
)
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


@pytest.fixture(scope='module', autouse=True)
def cifar(data_folder):
    """Write small files of CIFAR-10 beside those of MNIST."""
    from torchvision.datasets import CIFAR10

    with pytest.MonkeyPatch.context() as patch:
        write_cifar(data_folder, CIFAR10, patch)
        yield


@pytest.mark.parametrize('path', BASES, ids=lambda path: path.stem)
def test_base_has_three_splits_of_the_same_source(path):
    cfg = Config.fromfile(path)
    with DefaultScope.overwrite_default_scope('mmlesson'):
        datasets = [DATASETS.build(cfg[loader].dataset) for loader in LOADERS]
    assert [data.split for data in datasets] == ['train', 'val', 'test']
    facts = [describe_split(data) for data in datasets]
    divided = facts[:2] if isinstance(datasets[0], DownloadedDataset) else facts
    assert len({fact['source'] for fact in divided}) == 1
    assert check_splits(dict(zip(('train', 'val', 'test'), facts, strict=True))) == []


@pytest.mark.parametrize('path', BASES, ids=lambda path: path.stem)
def test_base_shuffles_only_the_training_split(path):
    cfg = Config.fromfile(path)
    assert [cfg[loader].sampler.shuffle for loader in LOADERS] == [True, False, False]
    assert all(FUNCTIONS.get(cfg[loader].collate_fn.type) for loader in LOADERS)
    if 'val_evaluator' in cfg:  # the bases of vision tasks leave metrics to those of models
        assert cfg.test_evaluator[:2] == cfg.val_evaluator


@pytest.mark.parametrize('path', BASES, ids=lambda path: path.stem)
def test_facts_before_loading_are_those_of_the_loaded_data(path):
    config = Config.fromfile(path).train_dataloader.dataset
    with DefaultScope.overwrite_default_scope('mmlesson'):
        data = DATASETS.build(dict(config))
    facts = type(data).facts(**config)
    facts.pop('class_sizes', None)
    known = {
        'num_classes': len(data.metainfo['classes']),
        'input_shape': data.metainfo['input_shape'],
    }
    if not isinstance(data, DownloadedDataset | DigitCanvas):
        known['num_samples'] = sum(split.size for split in data.splits.values())
    assert facts == known


def test_class_sizes_of_the_digits_are_those_of_the_source():
    assert Digits.facts()['class_sizes'] == tuple(np.bincount(load_digits().target))


def test_facts_follow_the_arguments():
    assert Digits.facts(image=False)['input_shape'] == Digits(image=False).metainfo['input_shape']
    assert Blobs.facts(num_classes=3, num_samples=9) == {
        'num_classes': 3,
        'input_shape': (2,),
        'num_samples': 9,
        'class_sizes': (3, 3, 3),
    }


def test_facts_of_a_subclass_with_other_data_are_not_those_of_its_parent():
    class Doubled(Digits):
        def _hold(self, inputs, labels):
            super()._hold(inputs.repeat(2, -1), labels)

    assert Doubled.facts() == {'num_classes': 10}
