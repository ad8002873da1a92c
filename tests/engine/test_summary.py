import json

import pytest
import torch

from mmlesson.engine.distributed import PeerError
from mmlesson.engine.summary import summarize
from mmlesson.runs.checkpoint import weights_sha256
from mmlesson.runs.run import Run

MOONS = 'mlp/mlp_moons.py'


@pytest.fixture
def runner(build):
    made = build(MOONS, train_cfg__max_epochs=2)
    made.train()
    return made


def test_summary_describes_the_current_run(runner):
    summary = summarize(runner, 'completed')
    assert summary['status'] == 'completed'
    assert summary['error'] is None
    assert (summary['epochs'], summary['iterations']) == (2, runner.iter)
    assert summary['train'] == runner.status.train_metrics
    assert summary['val'] == runner.status.val_metrics
    assert summary['seed'] == 0
    assert summary['weights_sha256'] == weights_sha256(runner.bare_model)


def test_speed_is_samples_by_seconds(runner):
    summary = summarize(runner, 'completed')
    runner.train_loop.train_seconds, runner.train_loop.samples_seen = 2.0, 480
    assert summarize(runner, 'completed')['samples_per_second'] == 240.0
    assert summary['train_seconds'] > 0


def test_failure_is_named_with_its_kind(runner):
    summary = summarize(runner, 'failed', ValueError('bad batch'))
    assert summary['error'] == 'ValueError: bad batch'


def test_weights_are_not_gathered_after_a_process_is_lost(runner):
    assert summarize(runner, 'failed', PeerError('gone'))['weights_sha256'] is None


def test_splits_are_those_of_the_data(runner):
    splits = summarize(runner, 'completed')['splits']
    assert {name: split['size'] for name, split in splits.items()} == {
        'train': 240,
        'val': 80,
        'test': 80,
    }
    assert all(len(split['sha256']) == 64 for split in splits.values())


def test_values_per_class_are_apart_and_no_other_metric_is_lost(runner):
    runner.status.test_metrics = {
        'loss': 0.5,
        'single-label/recall_classwise': [50.0, 100.0],
        'own/histogram': [1, 2, 3],
    }
    summary = summarize(runner, 'completed')
    assert summary['test'] == {'loss': 0.5, 'own/histogram': [1, 2, 3]}
    assert summary['test_by_class'] == {'recall': [50.0, 100.0]}


def test_run_that_ended_before_training_has_a_summary(build):
    runner = build(MOONS)
    summary = summarize(runner, 'failed', OSError('disk'))
    assert (summary['epochs'], summary['iterations'], summary['train_seconds']) == (0, 0, 0.0)


def test_written_summary_is_json(runner, tmp_path):
    text = (tmp_path / 'run' / 'summary.json').read_text()
    assert json.loads(text)['weights_sha256'] == weights_sha256(runner.bare_model)
    assert torch.isfinite(torch.tensor(json.loads(text)['train']['loss']))


def test_metrics_of_restored_weights_are_those_of_their_epoch(train, tmp_path):
    stopping = {'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 2}
    summary = train('mlp/fit_over.py', train_cfg__max_epochs=60, custom_hooks=[stopping])
    recorded = Run(tmp_path / 'run').scalars
    epoch = summary['final']['epoch']
    assert epoch < summary['epochs']
    assert summary['val'] == dict(recorded['val'])[epoch]
    train_record = dict(recorded['train'])[epoch]
    assert summary['train'] == {name: train_record[name] for name in summary['train']}


@pytest.mark.parametrize(('options', 'is_diagnosed'), [({}, True), ({'use_sigmoid': True}, False)])
def test_only_the_cross_entropy_of_the_softmax_is_diagnosed(train, options, is_diagnosed):
    loss = {'type': 'mmpretrain.CrossEntropyLoss', **options}
    summary = train(MOONS, train_cfg__max_epochs=3, model__head__loss=loss)
    assert (summary['diagnosis'] is not None) is is_diagnosed
