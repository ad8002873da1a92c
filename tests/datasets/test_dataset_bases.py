from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmlesson.datasets import check_disjoint, describe_split
from mmlesson.registry import DATASETS, FUNCTIONS

BASES = sorted((Path(__file__).parents[2] / 'configs/_base_/datasets').glob('*.py'))
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


@pytest.mark.parametrize('path', BASES, ids=lambda path: path.stem)
def test_base_gives_three_splits_of_one_source(path):
    cfg = Config.fromfile(path)
    with DefaultScope.overwrite_default_scope('mmlesson'):
        datasets = [DATASETS.build(cfg[loader].dataset) for loader in LOADERS]
    assert [data.split for data in datasets] == ['train', 'val', 'test']
    facts = [describe_split(data) for data in datasets]
    assert len({fact['source'] for fact in facts}) == 1
    for other in facts[1:]:
        check_disjoint(facts[0], other)


@pytest.mark.parametrize('path', BASES, ids=lambda path: path.stem)
def test_base_shuffles_only_training_and_tests_as_it_validates(path):
    cfg = Config.fromfile(path)
    assert [cfg[loader].sampler.shuffle for loader in LOADERS] == [True, False, False]
    assert all(FUNCTIONS.get(cfg[loader].collate_fn.type) for loader in LOADERS)
    assert cfg.test_evaluator == cfg.val_evaluator
