"""A run that was interrupted and resumed ends like one that never was."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
from mmengine.hooks import Hook
from PIL import Image

from mmlesson.engine.signals import Interrupted
from mmlesson.errors import UserError
from mmlesson.registry import HOOKS

SAME = ('weights_sha256', 'val', 'test', 'epochs', 'iterations', 'best', 'stop', 'status')
STOPPING = [
    {
        'type': 'EarlyStoppingHook',
        'monitor': 'loss',
        'patience': 2,
        'min_delta': 0.02,
    }
]
EMA = [{'type': 'EMAHook', 'ema_type': 'ExponentialMovingAverage', 'momentum': 0.1}]
AUGMENT = [{'type': 'Affine', 'degrees': 10, 'pixels': 1}, {'type': 'Erasing'}]
PLATEAU = {'type': 'ReduceOnPlateauLR', 'monitor': 'loss', 'factor': 0.1, 'patience': 0}


@HOOKS.register_module()
class SignalAt(Hook):
    """Sends this process a signal after a given iteration."""

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.iteration:
            signal.raise_signal(signal.SIGTERM)


CASES = {
    'cnn with dropout': ('cnn/cnn_digits.py', {'train_cfg__max_epochs': 3}, 40),
    'augmented': (
        'cnn/cnn_digits.py',
        {'train_cfg__max_epochs': 2, 'model__data_preprocessor__augment': AUGMENT},
        26,
    ),
    'mlp': ('mlp/mlp_digits.py', {'train_cfg__max_epochs': 4}, 34),
    'perceptron': ('perceptron/perceptron_digits.py', {'train_cfg__max_epochs': 6}, 55),
    'early stopping': ('mlp/mlp_moons.py', {'custom_hooks': STOPPING}, 50),
    'two stopping hooks': (
        'mlp/mlp_moons.py',
        {'custom_hooks': [{'type': 'EarlyStoppingHook', 'monitor': 'accuracy/top1'}, *STOPPING]},
        50,
    ),
    'ema': ('mlp/mlp_moons.py', {'train_cfg__max_epochs': 5, 'custom_hooks': EMA}, 40),
    'plateau': ('mlp/mlp_moons.py', {'train_cfg__max_epochs': 8, 'param_scheduler': PLATEAU}, 60),
    'accumulation': (
        'mlp/mlp_moons.py',
        {'train_cfg__max_epochs': 5, 'optim_wrapper__accumulative_counts': 4},
        38,
    ),
    'amp': (
        'cnn/cnn_digits.py',
        {'train_cfg__max_epochs': 2, 'optim_wrapper__type': 'MixedPrecisionOptimWrapper'},
        20,
    ),
    'workers': (
        'mlp/mlp_moons.py',
        {'train_cfg__max_epochs': 3, 'train_dataloader__num_workers': 1},
        20,
    ),
    'by iteration': (
        'mlp/mlp_moons.py',
        {'train_cfg': {'by_epoch': False, 'max_iters': 60, 'val_interval': 10, '_delete_': True}},
        37,
    ),
}


@pytest.mark.parametrize(('lesson', 'options', 'iteration'), CASES.values(), ids=CASES)
def test_resume_after_sigterm_within_an_epoch_finishes_as_uninterrupted(
    train, build, lesson, options, iteration
):
    whole = train(lesson, 'whole', **options)
    hooks = [*options.get('custom_hooks', []), {'type': 'SignalAt', 'iteration': iteration}]
    if 'perceptron' in lesson:
        hooks.append({'type': 'ConvergenceHook'})
    with pytest.raises(Interrupted) as ended:
        build(lesson, 'cut', **{**options, 'custom_hooks': hooks}).train()
    assert ended.value.code == 128 + signal.SIGTERM

    resumed = train(lesson, 'cut', resume=True, **options)

    assert {key: resumed[key] for key in SAME} == {key: whole[key] for key in SAME}


def test_resume_of_images_that_workers_decode_finishes_as_uninterrupted(train, build, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 30, 9, 9), dtype=np.uint8)
    for name, images in zip('ab', pixels, strict=True):
        (tmp_path / 'images' / name).mkdir(parents=True)
        for place, image in enumerate(images):
            Image.fromarray(image).save(tmp_path / 'images' / name / f'{place}.png')
    data = {'root': str(tmp_path / 'images'), 'memory_mb': 0}
    options = {
        'train_cfg__max_epochs': 2,
        'model__data_preprocessor__augment': AUGMENT,
        'train_dataloader': {'dataset': data, 'num_workers': 2, 'batch_size': 4},
        'val_dataloader__dataset': data,
        'test_dataloader__dataset': data,
    }
    whole = train('cnn/cnn_folder.py', 'whole', **options)
    hooks = [{'type': 'SignalAt', 'iteration': 13}]  # of 9 in an epoch
    with pytest.raises(Interrupted):
        build('cnn/cnn_folder.py', 'cut', **options, custom_hooks=hooks).train()

    resumed = train('cnn/cnn_folder.py', 'cut', resume=True, **options)

    assert {key: resumed[key] for key in SAME} == {key: whole[key] for key in SAME}


def test_resume_uses_the_previous_checkpoint_if_the_newest_is_truncated(train, build):
    whole = train('cnn/cnn_digits.py', 'whole', train_cfg__max_epochs=4)
    runner = build('cnn/cnn_digits.py', 'cut', train_cfg__max_epochs=4)
    runner.train()
    (Path(runner.work_dir) / 'best_accuracy_top1.pth').unlink()
    newest = Path(runner.work_dir) / 'epoch_4.pth'
    newest.write_bytes(newest.read_bytes()[:500])

    resumed = train('cnn/cnn_digits.py', 'cut', resume=True, train_cfg__max_epochs=4)

    assert resumed['weights_sha256'] == whole['weights_sha256']


def test_resume_after_early_stopping_does_nothing(train):
    options = {'custom_hooks': STOPPING}
    stopped = train('mlp/mlp_moons.py', **options)
    assert stopped['status'] == 'early_stopped'

    again = train('mlp/mlp_moons.py', resume=True, **options)

    assert {key: again[key] for key in SAME} == {key: stopped[key] for key in SAME}


def test_resume_with_another_split_is_refused_by_name(train):
    train('mlp/mlp_moons.py', train_cfg__max_epochs=1)
    datasets = [f'{split}_dataloader__dataset' for split in ('train', 'val', 'test')]
    with pytest.raises(UserError, match='another training split'):
        train('mlp/mlp_moons.py', resume=True, **{f'{name}__split_seed': 1 for name in datasets})


def test_resume_without_a_checkpoint_starts_with_a_warning(train, capfd):
    summary = train('mlp/mlp_moons.py', resume=True, train_cfg__max_epochs=1)
    assert summary['epochs'] == 1
    assert 'Nothing to resume in' in capfd.readouterr().out


def test_resume_with_another_patience_uses_the_config_with_a_warning(train, build, capfd):
    runner = build('mlp/mlp_moons.py', custom_hooks=STOPPING)
    runner.train_loop._max_epochs = 2
    runner.train()
    patient = [{**STOPPING[0], 'patience': 7}]

    summary = train('mlp/mlp_moons.py', resume=True, custom_hooks=patient, log_level='INFO')

    assert 'patience of loss is 7 as the config says, no longer 2' in capfd.readouterr().out
    assert summary['stop']['epoch'] == summary['epochs'] > 7


def test_moved_run_folder_can_be_resumed(train, tmp_path):
    train('mlp/mlp_moons.py', 'old', train_cfg__max_epochs=2)
    (tmp_path / 'old').rename(tmp_path / 'new')
    summary = train('mlp/mlp_moons.py', 'new', resume=True, train_cfg__max_epochs=3)
    assert summary['epochs'] == 3
    assert not (tmp_path / 'old').exists()
