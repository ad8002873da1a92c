"""What the runner promises beyond mmengine's: nothing poisoned is saved, nothing is shared."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest
import torch
from crash_runs import fork_server
from mmengine.hooks import Hook
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.engine import LessonRunner
from mmlesson.engine.train_metrics import NonFiniteLossError
from mmlesson.errors import ArgumentError, UserError
from mmlesson.registry import HOOKS
from mmlesson.runs.run import Run
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


def test_logger_hook_of_mmengine_records_the_losses_of_training(build):
    logger = {'_delete_': True, 'type': 'LoggerHook', 'interval': 1}
    backends = {'type': 'LocalVisBackend'}
    runner = build(
        MOONS,
        train_cfg__max_epochs=1,
        default_hooks__logger=logger,
        visualizer__vis_backends=[backends],
        log_level='INFO',
    )
    runner.train()
    file = next(Path(runner.log_dir).rglob('scalars.json'))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    train = [line for line in lines if 'lr' in line]
    assert len(train) == runner.iter
    assert all({'loss', 'time', 'epoch'} <= line.keys() for line in train)


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
    # Numbers may have one digit more, and torch aligns the parts of the file to 64 bytes.
    assert sizes[30] <= sizes[3] + 128


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


def test_second_run_in_the_folder_of_a_finished_run_is_refused(train, build):
    first = train(MOONS, train_cfg__max_epochs=1)
    runner = build(MOONS, train_cfg__max_epochs=2)
    work_dir = Path(runner.work_dir)
    with pytest.raises(UserError, match=r'run holds a run already\. Resume it .*resume=True'):
        runner.train()
    assert json.loads((work_dir / FILE_NAME).read_text()) == first
    assert checkpoints(runner) == ['best_accuracy_top1.pth', 'epoch_1.pth']
    assert not Path(runner.log_dir).exists()  # Run.config is that of the run, not of the refused
    assert train(MOONS, resume=True, train_cfg__max_epochs=2)['epochs'] == 2


def train_when_both_are_built(work_dir, both_are_built, ends):
    """Train in this process, and report how that ended."""
    config = load_config(CONFIGS / MOONS)
    config.merge_from_dict({'device': 'cpu', 'work_dir': str(work_dir), 'log_level': 'ERROR'})
    config.merge_from_dict({'train_cfg.max_epochs': 40, 'default_hooks.visualization': None})
    runner = LessonRunner.from_cfg(config)
    both_are_built.wait()
    try:
        runner.train()
    except UserError as err:
        ends.put(f'refused: {err}')
    else:
        ends.put('trained')


def test_of_two_processes_started_together_one_trains_and_one_is_refused(tmp_path):
    context = fork_server()
    both_are_built, ends = context.Barrier(2), context.SimpleQueue()
    arguments = (tmp_path / 'run', both_are_built, ends)
    both = [context.Process(target=train_when_both_are_built, args=arguments) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    refused, trained = sorted(ends.get() for _ in both)
    assert (refused[:9], trained) == ('refused: ', 'trained')
    assert json.loads((tmp_path / 'run' / FILE_NAME).read_text())['status'] == 'completed'
    assert len(list((tmp_path / 'run').glob('*/*.py'))) == 1


def test_starts_in_one_second_get_folders_of_their_own(build, monkeypatch):
    monkeypatch.setattr('time.strftime', lambda *_: '20250101_000000')
    monkeypatch.setattr(LessonRunner, '_starts', set())
    first = build(MOONS)
    monkeypatch.setattr(LessonRunner, '_starts', set())  # as in another process
    second = build(MOONS)
    assert Path(first.log_dir).name == '20250101_000000'
    assert Path(second.log_dir).name == '20250101_000000_2'


def test_start_comes_after_an_earlier_one_of_the_run_in_the_same_second(build, monkeypatch):
    monkeypatch.setattr('time.strftime', lambda *_: '20250202_000000')
    monkeypatch.setattr(LessonRunner, '_starts', {'20250202_000000'})  # of another run
    first = build(MOONS)
    monkeypatch.setattr(LessonRunner, '_starts', set())  # as in another process
    second = build(MOONS)
    assert Path(first.log_dir).name == '20250202_000000_2'
    assert Path(second.log_dir).name == '20250202_000000_3'


def test_folder_of_a_run_can_be_tested_in(train, build):
    train(MOONS, train_cfg__max_epochs=1)
    runner = build(MOONS, load_from=None)
    runner.load_checkpoint(str(Path(runner.work_dir) / 'epoch_1.pth'))
    assert set(runner.test()) >= {'accuracy/top1'}


def test_records_of_a_test_are_closed_even_if_it_fails(build, monkeypatch):
    runner, closed = build('mlp/mlp_moons.py'), []
    monkeypatch.setattr(runner.visualizer, 'close', lambda: closed.append(True))
    runner.test()
    assert len(closed) == 1
    monkeypatch.setattr(runner.test_loop, 'run', _fail)
    with pytest.raises(OSError, match='disk'):
        runner.test()
    assert len(closed) == 2


def _fail():
    raise OSError('disk')


def test_runner_may_train_again_in_its_own_folder(build):
    runner = build(MOONS, train_cfg__max_epochs=1)
    runner.train()
    runner.train()


def test_folder_in_place_of_the_summary_is_refused_before_training(build):
    runner = build(MOONS, resume=True)
    (Path(runner.work_dir) / FILE_NAME).mkdir()
    with pytest.raises(UserError, match=r'summary\.json must be a file, and is a folder'):
        runner.train()


def test_interrupt_after_training_keeps_its_status_and_passes_on(build, monkeypatch):
    runner = build(MOONS, train_cfg__max_epochs=1, test_after_train=True)

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, '_apply_to_test', interrupt)
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    assert json.loads((Path(runner.work_dir) / FILE_NAME).read_text())['status'] == 'completed'
    assert runner.interrupted_by == signal.SIGINT  # the hooks end soon


@pytest.mark.parametrize(
    ('part', 'value', 'message'),
    [
        ('loop', {'epoch': 10**9}, 'is of epoch 1000000000, and the config trains to epoch 3'),
        ('loop', {'epoch': -5}, "its part 'loop'"),
        ('loop', {'batch_idx': 10**6}, 'is of batch 1000000 of an epoch'),
        ('loop', {'meter': {'a': 1}}, r'the state of [\w ]+ in it does not fit this run'),
        ('optimizer', {'param_groups': []}, 'holds 0 parameter group'),
        ('hooks', {'LessonCheckpointHook': {}}, 'the state of LessonCheckpointHook in it'),
        ('hooks', {'LessonCheckpointHook': 3}, "its part 'hooks'"),
    ],
)
def test_checkpoint_that_does_not_fit_is_one_error(train, build, part, value, message):
    train(MOONS, train_cfg__max_epochs=2)
    runner = build(MOONS, train_cfg__max_epochs=3, resume=True)
    file = Path(runner.work_dir) / 'edited.pth'
    checkpoint = torch.load(file.with_name('epoch_2.pth'), weights_only=True)
    checkpoint[part].update(value)
    torch.save(checkpoint, file)
    runner._load_from = str(file)
    with pytest.raises(UserError, match=rf'edited\.pth .*{message}'):
        runner.train()


@pytest.mark.parametrize('name', ['val', 'test'])
def test_training_data_in_another_split_are_refused_before_training(build, name):
    runner = build(MOONS, **{f'{name}_dataloader__dataset__split': 'train'})
    with pytest.raises(ArgumentError, match=f'{name} data .* samples of the training data'):
        runner.train()
    assert runner.iter == 0
    assert checkpoints(runner) == []


def test_allowed_conflict_is_logged_as_a_warning(build):
    runner = build(
        MOONS,
        val_dataloader__dataset__split='train',
        allow_split_conflicts=True,
        train_cfg__max_epochs=1,
    )
    runner.train()
    (log,) = Path(runner.log_dir).glob('*.log')
    assert re.search('WARNING - The val data .* samples of the training data', log.read_text())


def test_run_of_a_json_config_is_read_like_others(build, tmp_path):
    runner = build(MOONS, train_cfg__max_epochs=1)
    runner.cfg.dump(str(tmp_path / 'own.json'))
    config = load_config(tmp_path / 'own.json', {'work_dir': str(tmp_path / 'json')})
    LessonRunner.from_cfg(config).train()
    assert Run(tmp_path / 'json').config.config.train_cfg.max_epochs == 1
