"""What the runner promises beyond mmengine's: nothing poisoned is saved, nothing is shared."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook

from mmlesson.engine.train_metrics import NonFiniteLossError
from mmlesson.registry import HOOKS
from mmlesson.runs.summary import FILE_NAME

MOONS = 'mlp/mlp_moons.py'


@HOOKS.register_module()
class PoisonAt(Hook):
    """Makes one weight NaN before a given iteration."""

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.iteration:
            with torch.no_grad():
                next(runner.model.backbone.parameters())[0, 0] = torch.nan


@HOOKS.register_module()
class FailingHook(Hook):
    """Divides by zero."""

    def after_train_epoch(self, runner):
        return 1 / 0


def checkpoints(runner):
    return sorted(path.name for path in Path(runner.work_dir).glob('*.pth'))


def test_non_finite_loss_stops_before_it_is_saved(build):
    runner = build(MOONS, custom_hooks=[{'type': 'PoisonAt', 'iteration': 12}])
    per_epoch = len(runner.build_dataloader(runner._train_dataloader))
    with pytest.raises(NonFiniteLossError, match='iteration 13') as raised:
        runner.train()
    assert 'loss' in str(raised.value)
    assert 'backbone.layers.0.weight (weight)' in str(raised.value)
    assert 'Lower the learning rate' in str(raised.value)
    assert runner.status.stop['reason'] == 'non_finite'
    saved = Path(runner.work_dir) / f'epoch_{12 // per_epoch}.pth'
    for file in Path(runner.work_dir).glob('*.pth'):
        weights = torch.load(file, weights_only=True)['state_dict'].values()
        assert all(torch.isfinite(one).all() for one in weights), file
    assert saved.exists() == (per_epoch <= 12)


def test_error_in_a_hook_is_raised_and_a_summary_is_written(build):
    runner = build(MOONS, custom_hooks=[{'type': 'FailingHook'}])
    with pytest.raises(ZeroDivisionError) as raised:
        runner.train()
    assert any(entry.name == 'after_train_epoch' for entry in raised.traceback)
    assert 'failed' in (Path(runner.work_dir) / FILE_NAME).read_text()


def test_two_runs_in_one_process_share_nothing(train):
    options = {'train_cfg__max_epochs': 2}
    alone = train(MOONS, 'alone', **options)
    train('cnn/cnn_digits.py', 'other', train_cfg__max_epochs=1)
    after = train(MOONS, 'after', **options)
    for key in ('weights_sha256', 'val', 'test', 'best', 'train', 'epochs', 'iterations'):
        assert alone[key] == after[key], key


def test_loggers_hubs_and_visualizers_are_not_shared(build):
    one, other = build(MOONS, 'one'), build(MOONS, 'other')
    assert one.logger is not other.logger
    assert one.message_hub is not other.message_hub
    assert one.visualizer is not other.visualizer


def test_best_checkpoint_can_be_resumed(train, build):
    whole = train(MOONS, 'whole', train_cfg__max_epochs=6)
    runner = build(MOONS, 'cut', train_cfg__max_epochs=6)
    runner.train()
    best = next(Path(runner.work_dir).glob('best_*.pth'))
    for file in Path(runner.work_dir).glob('epoch_*.pth'):
        file.unlink()
    resumed = train(MOONS, 'cut', resume=True, train_cfg__max_epochs=6)
    assert best.exists()
    assert resumed['weights_sha256'] == whole['weights_sha256']


def test_checkpoint_does_not_grow_and_only_last_and_best_are_kept(build):
    sizes = {}
    for epochs in (3, 30):
        runner = build(MOONS, str(epochs), train_cfg__max_epochs=epochs)
        runner.train()
        kept = [name for name in checkpoints(runner) if name.startswith('epoch_')]
        assert sorted(kept) == sorted([f'epoch_{epochs - 1}.pth', f'epoch_{epochs}.pth'])
        sizes[epochs] = (Path(runner.work_dir) / f'epoch_{epochs}.pth').stat().st_size
    assert sizes[30] <= sizes[3] + 64  # numbers may have one digit more


@pytest.mark.parametrize('meta', [{}, {'meta': {'mmcls_version': '1.0'}, 'optimizer': None}])
def test_weights_in_the_form_mmpretrain_releases_load(build, tmp_path, meta):
    source = build(MOONS, 'source')
    file = tmp_path / 'released.pth'
    torch.save({'state_dict': source.model.state_dict(), **meta}, file)
    runner = build(MOONS, 'target', load_from=str(file), randomness__seed=7)
    assert not torch.equal(next(runner.model.parameters()), next(source.model.parameters()))
    runner.load_or_resume()
    for one, other in zip(runner.model.parameters(), source.model.parameters(), strict=True):
        assert torch.equal(one, other)
