import hashlib
from pathlib import Path

import pytest
import torch

from mmlesson.engine.hooks import LessonCheckpointHook
from mmlesson.engine.hooks.best_checkpoints import best_file
from mmlesson.errors import ArgumentError, UserError
from mmlesson.registry import DATASETS
from mmlesson.runs.checkpoint import weights_sha256
from mmlesson.runs.run import Run

MOONS = 'mlp/mlp_moons.py'


def names(folder):
    return sorted(f.name for f in Path(folder).glob('*.pth') if not f.name.startswith('best_'))


def epoch_of(file):
    return torch.load(file, weights_only=True)['meta']['epoch']


def test_newest_and_last_are_kept(train, tmp_path):
    options = {'type': 'LessonCheckpointHook', 'interval': 2, 'max_keep': 2}
    train(MOONS, train_cfg__max_epochs=5, default_hooks__checkpoint=options)
    assert names(tmp_path / 'run') == ['epoch_4.pth', 'epoch_5.pth']
    assert (tmp_path / 'run/last_checkpoint').read_text() == 'epoch_5.pth\n'


def test_interval_of_iteration_based_training_counts_iterations(train, tmp_path):
    train(
        MOONS,
        train_cfg={'_delete_': True, 'by_epoch': False, 'max_iters': 7, 'val_interval': 7},
        param_scheduler=None,
        default_hooks__checkpoint={'type': 'LessonCheckpointHook', 'interval': 3, 'max_keep': 9},
    )
    assert names(tmp_path / 'run') == ['iter_3.pth', 'iter_6.pth', 'iter_7.pth']


class Scripted(LessonCheckpointHook):
    """Is given other validation metrics than the run reports."""

    def __init__(self, values, losses=(), **options):
        super().__init__(save_best='accuracy/top1', **options)
        self.values, self.losses = list(values), list(losses)

    def after_val_epoch(self, runner, metrics=None):
        reported = {'accuracy/top1': self.values[runner.epoch - 1]}
        if self.losses:
            reported['loss'] = self.losses[runner.epoch - 1]
        super().after_val_epoch(runner, reported)


@pytest.mark.parametrize(
    ('values', 'best'), [([1, 3, 2, 3], 2), ([4, 3, 2, 1], 1), ([1, float('nan'), 2, 3], 4)]
)
def test_best_is_the_first_highest_value(build, values, best):
    runner = build(MOONS, train_cfg__max_epochs=4, default_hooks__checkpoint=None)
    hook = Scripted(values)
    runner.register_hook(hook, 'VERY_LOW')
    runner.train()
    assert hook.best['epoch'] == best
    assert epoch_of(Path(runner.work_dir) / hook.best['checkpoint']) == best


def test_tie_goes_to_the_lower_loss_also_after_a_resume(build):
    values, losses = [2, 3, 3, 3, 3], [0.1, 0.5, 0.3, 0.4, 0.2]
    hook, *_ = hooks = [Scripted(values, losses) for _ in range(3)]
    runner = build(MOONS, 'whole', train_cfg__max_epochs=5, default_hooks__checkpoint=None)
    runner.register_hook(hook, 'VERY_LOW')
    runner.train()
    assert (hook.best['epoch'], hook.best['loss']) == (5, 0.2)
    assert epoch_of(Path(runner.work_dir) / hook.best['checkpoint']) == 5
    for resumed, epochs in ((False, 3), (True, 4)):
        cut = build(
            MOONS, 'cut', resumed, train_cfg__max_epochs=epochs, default_hooks__checkpoint=None
        )
        cut.register_hook(hooks[epochs - 2], 'VERY_LOW')
        cut.train()
        assert hooks[epochs - 2].best['epoch'] == 3  # 0.4 after the resume is no lower than 0.3


def test_missing_metric_ends_the_run_with_its_name(build):
    runner = build(
        MOONS,
        train_cfg__max_epochs=1,
        default_hooks__checkpoint={'type': 'LessonCheckpointHook', 'save_best': 'acuracy/top1'},
    )
    with pytest.raises(UserError, match=r"LessonCheckpointHook.save_best 'acuracy/top1' was not"):
        runner.train()


def test_validation_alone_does_not_build_the_training_set(build):
    @DATASETS.register_module(force=True)
    class NeverBuilt:
        def __init__(self):
            raise AssertionError('the training set was built')

    runner = build(
        MOONS,
        train_dataloader__dataset={'_delete_': True, 'type': 'NeverBuilt'},
        default_hooks__checkpoint={'type': 'LessonCheckpointHook', 'save_best': 'accuracy/top1'},
    )
    metrics = runner.val()
    assert metrics['accuracy/top1'] >= 0


def test_state_survives_a_round_trip():
    hook, other = LessonCheckpointHook(save_best='loss'), LessonCheckpointHook(save_best='loss')
    hook._best.update({'loss': 0.5}, 3)
    hook._saved = ['epoch_2.pth', 'epoch_3.pth']
    other.load_state_dict(hook.state_dict())
    assert other.state_dict() == hook.state_dict()


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'interval': 0}, r'LessonCheckpointHook.interval must be an int >= 1, or -1, got 0'),
        ({'max_keep': 0}, r'LessonCheckpointHook.max_keep must be an int >= 1, or -1, got 0'),
        ({'published_keys': [1]}, r'LessonCheckpointHook.published_keys must be names, got \[1\]'),
        ({'save_best': 'loss', 'rule': 'up'}, r'LessonCheckpointHook.rule must be one of'),
        ({'save_best': 'smoothness'}, r"rule must be given for the metric 'smoothness'"),
    ],
)
def test_wrong_arguments_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        LessonCheckpointHook(**options)


@pytest.mark.parametrize('absolute', [True, False])
def test_names_in_a_checkpoint_never_remove_files_of_the_user(build, tmp_path, absolute):
    """An untrusted checkpoint lists files to remove when newer ones are saved."""
    victim = tmp_path / 'victim.pth'
    victim.write_text('mine')
    build(MOONS, train_cfg__max_epochs=2).train()
    file = tmp_path / 'run' / 'epoch_2.pth'
    checkpoint = torch.load(file, weights_only=True)
    name = str(victim) if absolute else f'../{victim.name}'
    saved = [name, '../run/epoch_1.pth', 'best_accuracy_top1.pth', 'notes.txt', 'epoch_2.pth']
    checkpoint['hooks']['LessonCheckpointHook'].update(
        saved=saved, best={'metric': 'accuracy/top1', 'value': -1.0, 'epoch': 1, 'checkpoint': name}
    )
    torch.save(checkpoint, file)
    (tmp_path / 'run' / 'notes.txt').write_text('mine')
    build(MOONS, train_cfg__max_epochs=6, resume=True).train()
    assert victim.read_text() == 'mine'
    assert (tmp_path / 'run' / 'notes.txt').read_text() == 'mine'
    assert names(tmp_path / 'run')[-2:] == ['epoch_5.pth', 'epoch_6.pth']


def test_best_checkpoint_shares_no_bytes_with_the_others(train, tmp_path):
    train(MOONS, train_cfg__max_epochs=2)
    best = tmp_path / 'run' / 'best_accuracy_top1.pth'
    assert best.stat().st_nlink == 1


def test_metric_cannot_name_a_file_elsewhere():
    assert best_file('../../accuracy/top1') == 'best_.._.._accuracy_top1.pth'
    assert best_file('accuracy/top1') == 'best_accuracy_top1.pth'


@pytest.fixture
def stopped(train, tmp_path):
    """Train until early stopping by the loss restores an epoch; the best file is by accuracy."""
    stopping = {'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 2}
    summary = train(
        'mlp/fit_over.py',
        train_cfg__max_epochs=60,
        custom_hooks=[stopping],
    )
    assert summary['stop']['reason'] == 'patience'
    return summary, tmp_path / 'run'


def test_tested_weights_are_in_a_file_after_early_stopping(stopped, build):
    summary, folder = stopped
    final = summary['final']
    assert final['checkpoint'] == 'final.pth'
    assert final['epoch'] == summary['stop']['epoch'] - 2
    runner = build('mlp/fit_over.py', 'other', load_from=str(folder / 'final.pth'))
    metrics = runner.test()
    assert weights_sha256(runner.bare_model) == summary['weights_sha256']
    assert {name: metrics[name] for name in summary['test']} == pytest.approx(summary['test'])


def test_validation_in_the_summary_is_that_of_the_tested_weights(stopped):
    summary, folder = stopped
    recorded = dict(Run(folder).scalars['val'])
    assert summary['val'] == summary['final']['val'] == recorded[summary['final']['epoch']]


def test_tested_weights_are_used_for_predictions(stopped):
    _, folder = stopped
    assert Run(folder).checkpoint_to_apply == folder / 'final.pth'


def test_last_epoch_is_final_if_nothing_was_restored(train, tmp_path):
    summary = train(MOONS, train_cfg__max_epochs=2)
    assert summary['final'] == {'epoch': 2, 'checkpoint': 'epoch_2.pth', 'val': summary['val']}
    assert not (tmp_path / 'run' / 'final.pth').exists()


def test_run_resumed_past_a_damaged_last_checkpoint_ends_with_its_weights_in_a_file(
    train, tmp_path
):
    options = {'train_cfg__max_epochs': 1, 'default_hooks__checkpoint__save_best': 'loss'}
    first = train(MOONS, **options)
    assert (tmp_path / 'run' / 'best_loss.pth').exists()
    last = tmp_path / 'run' / 'epoch_1.pth'
    last.write_bytes(last.read_bytes()[:-4000])
    second = train(MOONS, resume=True, **options)
    assert second['final']['checkpoint'] == 'best_loss.pth'
    assert second['weights_sha256'] == first['weights_sha256']


def test_without_an_interval_only_the_last_and_the_best_are_saved(build, tmp_path):
    runner = build(MOONS, train_cfg__max_epochs=4, default_hooks__checkpoint=None)
    runner.register_hook(Scripted([1, 9, 3, 3], interval=-1), 'VERY_LOW')
    runner.train()
    assert names(tmp_path / 'run') == ['epoch_2.pth', 'epoch_4.pth']


def test_all_checkpoints_from_the_first_epoch_to_save_are_kept(train, tmp_path):
    options = {'_delete_': True, 'type': 'LessonCheckpointHook', 'max_keep': -1, 'save_begin': 3}
    train(MOONS, train_cfg__max_epochs=5, default_hooks__checkpoint=options)
    assert names(tmp_path / 'run') == ['epoch_3.pth', 'epoch_4.pth', 'epoch_5.pth']


def test_each_of_several_metrics_has_its_best_file_over_a_resume(train, tmp_path):
    options = {'type': 'LessonCheckpointHook', 'save_best': ['loss', 'accuracy/top1']}
    train(MOONS, train_cfg__max_epochs=2, default_hooks__checkpoint=options)
    train(MOONS, resume=True, train_cfg__max_epochs=4, default_hooks__checkpoint=options)
    whole = train(MOONS, 'whole', train_cfg__max_epochs=4, default_hooks__checkpoint=options)
    assert whole['best']['metric'] == 'loss'
    for file in ('best_loss.pth', 'best_accuracy_top1.pth'):
        assert epoch_of(tmp_path / 'run' / file) == epoch_of(tmp_path / 'whole' / file)


def test_checkpoints_are_published_with_the_named_entries(train, tmp_path):
    options = {'save_best': 'loss', 'published_keys': ['meta', 'state_dict']}
    hook = {'type': 'LessonCheckpointHook', **options}
    train(MOONS, train_cfg__max_epochs=2, default_hooks__checkpoint=hook)
    published = sorted((tmp_path / 'run').glob('*-????????.pth'))
    assert [file.name.split('-')[0] for file in published] == ['best_loss', 'epoch_2']
    for file in published:
        assert file.stem[-8:] == hashlib.sha256(file.read_bytes()).hexdigest()[:8]
        assert torch.load(file, weights_only=True).keys() == {'meta', 'state_dict'}
    assert not list((tmp_path / 'run').glob('publishing_*'))


def test_validation_that_reports_nothing_is_skipped(build, caplog):
    runner = build(MOONS)
    hook = LessonCheckpointHook(save_best='auto')
    hook.before_train(runner)
    hook.after_val_epoch(runner, {})
    assert hook.best is None
