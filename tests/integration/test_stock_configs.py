"""A stock config of mmpretrain in our runner and in its own ``train.py``; its checkpoints."""

from __future__ import annotations

import argparse
import json
import runpy
import sys
import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer
from paths import TOOLS
from PIL import Image

from mmlesson.apis.analysis.build import build_model, training_batch
from mmlesson.config import load_config
from mmlesson.config.source_files import package_folder
from mmlesson.engine.build import build_runner
from mmlesson.runs.checkpoint import CheckpointError, read_checkpoint
from mmlesson.runs.foreign_checkpoint import convert_checkpoint

MIM = Path(package_folder('mmpretrain')) / '.mim'
CONFIG = """
_base_ = {base!r}
model = dict(
    backbone=dict(stem_channels=8, base_channels=8),
    head=dict(num_classes=2, in_channels=64, topk=(1,)),
)
data_preprocessor = dict(num_classes=2)
flip = dict(type='RandomFlip', prob=0.5, direction='horizontal')
train_pipeline = [dict(type='LoadImageFromFile'), flip, dict(type='PackInputs')]
val_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
train_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(
        _delete_=True, type='CustomDataset', data_prefix={data!r} + '/train',
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(
        _delete_=True, type='CustomDataset', data_prefix={data!r} + '/val', pipeline=val_pipeline
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(topk=(1,))
test_evaluator = val_evaluator
optim_wrapper = dict(optimizer=dict(lr=0.01))
train_cfg = dict(max_epochs=3)
param_scheduler = dict(milestones=[1, 2])
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(save_best='auto', max_keep_ckpts=2))
randomness = dict(seed=0)
device = 'cpu'
"""


@pytest.fixture(scope='module')
def config_file(tmp_path_factory):
    """Write images of 2 classes, and a config with these as data and a narrow model."""
    folder = tmp_path_factory.mktemp('stock')
    rng = np.random.default_rng(0)
    for split, count in (('train', 8), ('val', 4)):
        for index in range(count):
            file = folder / 'data' / split / f'class_{index % 2}' / f'{index}.png'
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(file)
    base = str(MIM / 'configs/resnet/resnet18_8xb16_cifar10.py')
    config = folder / 'config.py'
    config.write_text(CONFIG.format(base=base, data=str(folder / 'data')))
    return config


class KilledError(Exception):
    """In place of the end of the process."""


class Rates(Hook):
    """Keeps the learning rate of each iteration, and ends training after one of them."""

    def __init__(self, last=None):
        self.rates, self.last = {}, last

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.rates[runner.iter] = runner.optim_wrapper.get_lr()['lr'][0]
        if runner.iter == self.last:
            raise KilledError


def summary_of(run):
    return json.loads((run / 'summary.json').read_text())


@pytest.fixture(scope='module')
def train(config_file, tmp_path_factory):
    """Return a function that trains the config in our runner; it returns the folder and hook."""
    root = tmp_path_factory.mktemp('runs')

    def train(name, last=None, **options):
        config = load_config(config_file)
        config.merge_from_dict({key.replace('__', '.'): value for key, value in options.items()})
        config.update(work_dir=str(root / name), log_level='WARNING')
        runner, hook = build_runner(config), Rates(last)
        runner.register_hook(hook)
        try:
            runner.train()
        except KilledError:
            assert last is not None
        return root / name, hook

    return train


@pytest.fixture(scope='module')
def uninterrupted(train):
    return train('uninterrupted')


def test_resumed_run_of_a_stock_config_equals_an_uninterrupted_one(train, uninterrupted):
    plain, rates = uninterrupted
    run, before = train('killed', last=6)  # in the second of 3 epochs of 4 iterations
    assert list(run.glob('*.pth'))
    run, after = train('killed', resume=True)
    assert min(after.rates) > 0
    assert {**before.rates, **after.rates} == rates.rates
    assert len(set(rates.rates.values())) == 3
    resumed, expected = summary_of(run), summary_of(plain)
    for key in ('weights_sha256', 'best', 'val', 'iterations', 'final', 'status'):
        assert resumed[key] == expected[key], key
    kept = [sorted(file.name for file in folder.glob('*.pth')) for folder in (run, plain)]
    assert kept[0] == kept[1] == ['best_accuracy_top1.pth', 'epoch_2.pth', 'epoch_3.pth']
    for name in kept[0]:
        weights = [read_checkpoint(folder / name)['state_dict'] for folder in (run, plain)]
        assert all(torch.equal(value, weights[1][key]) for key, value in weights[0].items())


@pytest.fixture(scope='module')
def their_train(config_file, tmp_path_factory):
    """Return a function that runs mmpretrain's own ``tools/train.py``."""
    root = tmp_path_factory.mktemp('theirs')

    def train(name, *options):
        kinds = (DefaultScope, MMLogger, MessageHub, Visualizer, *Visualizer.__subclasses__())
        arguments = ['train.py', str(config_file), '--work-dir', str(root / name), *options]
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter('ignore')
            for kind in kinds:  # of mmengine's runner, which leaves them behind
                patch.setattr(kind, '_instance_dict', OrderedDict())
            patch.setattr(sys, 'argv', arguments)
            runpy.run_path(str(MIM / 'tools/train.py'), run_name='__main__')
            for handler in [h for log in MMLogger._instance_dict.values() for h in log.handlers]:
                handler.close()
        return root / name

    return train


def test_our_runner_in_mmpretrains_own_train_py(their_train, uninterrupted):
    ours = ('--cfg-options', 'runner_type=mmlesson.LessonRunner')
    run = their_train('ours', *ours, 'train_cfg.max_epochs=1')
    assert summary_of(run)['epochs'] == 1
    run = their_train('ours', '--resume', *ours)
    for key in ('weights_sha256', 'best', 'val'):
        assert summary_of(run)[key] == summary_of(uninterrupted[0])[key]


@pytest.fixture(scope='module')
def stock_run(their_train):
    """A run of mmengine's own runner, without anything of ours."""
    return their_train('stock', '--no-persistent-workers')


@pytest.fixture(scope='module')
def published(stock_run):
    """A checkpoint of that run, as mmpretrain publishes it."""
    publish = runpy.run_path(str(MIM / 'tools/model_converters/publish_model.py'))
    options = argparse.Namespace(dataset_type=None, no_ema=False)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter('ignore')
        patch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
        publish['process_checkpoint'](
            str(stock_run / 'epoch_3.pth'), str(stock_run / 'published.pth'), options
        )
    return next(stock_run.glob('published_*.pth'))


def test_published_checkpoint_is_fine_tuned_with_other_classes(train, published):
    steady = {'optim_wrapper__optimizer__lr': 0.0, 'train_cfg__max_epochs': 1}
    run, _ = train('tuned', load_from=str(published), model__head__num_classes=5, **steady)
    assert summary_of(run)['status'] == 'completed'
    given = torch.load(published, weights_only=True)['state_dict']
    tuned = read_checkpoint(run / 'epoch_1.pth')['state_dict']
    assert torch.equal(tuned['backbone.conv1.weight'], given['backbone.conv1.weight'])
    assert tuned['head.fc.weight'].shape[0] == 5


def test_unpublished_checkpoint_is_converted_first(train, stock_run):
    source = stock_run / 'epoch_3.pth'
    options = {'train_cfg__max_epochs': 1}
    with pytest.raises(CheckpointError, match=f'mmlesson convert {source}'):
        train('refused', load_from=str(source), **options)
    converted = stock_run / 'converted.pth'
    convert_checkpoint(source, converted)
    run, _ = train('converted', load_from=str(converted), **options)
    assert summary_of(run)['status'] == 'completed'


@pytest.mark.parametrize(
    ('tool', 'options', 'expected'),
    [
        ('analysis/compare_runs.py', ['--metric', 'accuracy/top1', '--out', 'fit'], 'config'),
        (
            'analysis/replay_stopping.py',
            ['--monitor', 'accuracy/top1', '--patience', '1'],
            'patience=1',
        ),
        ('visualization/report.py', [], 'report.html'),
    ],
)
def test_tools_read_a_run_of_mmengines_runner(
    stock_run, monkeypatch, tmp_path, capsys, tool, options, expected
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', [tool, str(stock_run), *options])
    with pytest.raises(SystemExit) as done:
        runpy.run_path(str(TOOLS / tool), run_name='__main__')
    assert not done.value.code
    assert expected in capsys.readouterr().out


def test_batch_of_the_tools_is_in_the_form_that_the_model_expects(config_file):
    config = load_config(config_file)
    model = build_model(config)
    batch = training_batch(config, model, 2)
    assert [len(batch[name]) for name in ('inputs', 'data_samples')] == [2, 2]
    assert model(**batch, mode='loss')['loss'] > 0


def test_dry_run_of_a_stock_config(config_file, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['train.py', str(config_file), '--dry-run'])
    with pytest.raises(SystemExit) as done:
        runpy.run_path(str(TOOLS / 'train.py'), run_name='__main__')
    assert not done.value.code
    rows = [line.split()[:3] for line in capsys.readouterr().out.splitlines()]
    assert ['train', '8', '4'] in rows
