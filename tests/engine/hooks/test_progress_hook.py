import json
from pathlib import Path

import pytest
from mmengine.hooks import Hook

from mmlesson.engine.hooks.progress_hook import ProgressHook
from mmlesson.errors import ArgumentError

XOR = 'mlp/mlp_xor.py'


def scalars_of(runner):
    (file,) = Path(runner.work_dir).glob('*/vis_data/scalars.json')
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def trained(build, caplog):
    runner = build(XOR, train_cfg__max_epochs=2)
    runner.logger.setLevel('INFO')
    runner.logger.addHandler(caplog.handler)
    runner.train()
    return runner


def test_training_and_validation_are_written_with_one_axis(trained):
    lines = [line for line in scalars_of(trained) if 'epoch' in line]
    train = [line for line in lines if 'train/loss' in line]
    val = [line for line in lines if 'val/loss' in line]
    assert [line['epoch'] for line in train] == [line['epoch'] for line in val] == [1, 2]
    assert [line['iter'] for line in train] == [line['iter'] for line in val]
    assert val[-1]['val/loss'] == trained.status.val_metrics['loss']


def test_each_epoch_is_one_line_of_the_log(trained, caplog):
    logged = [record.getMessage() for record in caplog.get_records('setup')]
    lines = [line for line in logged if line.startswith('epoch ')]
    assert len(lines) == 2
    assert lines[0].startswith('epoch 1/2  train loss ')
    assert ' | val ' in lines[0]


def test_long_epoch_has_lines_within(build, caplog):
    options = {'type': 'ProgressHook', 'interval': 2}
    runner = build(
        XOR, train_cfg__max_epochs=1, default_hooks__logger=options, train_dataloader__batch_size=40
    )
    runner.logger.setLevel('INFO')
    runner.logger.addHandler(caplog.handler)
    runner.train()
    batches = len(runner.train_dataloader)
    assert sum('so far' in line for line in caplog.messages) == batches // 2


def test_iteration_based_training_is_counted_in_iterations(build, caplog):
    runner = build(
        XOR,
        train_cfg={'_delete_': True, 'by_epoch': False, 'max_iters': 6, 'val_interval': 3},
        param_scheduler=None,
        default_hooks__logger={'type': 'ProgressHook', 'interval': 2},
        train_dataloader__batch_size=20,
    )
    runner.logger.setLevel('INFO')
    runner.logger.addHandler(caplog.handler)
    runner.train()
    lines = [line for line in caplog.messages if line.startswith(('iteration ', 'epoch '))]
    places = ['2/6', '3/6', '4/6', '6/6', '6/6']
    assert [line.split()[:2] for line in lines] == [
        ['iteration', f'{place},' if 'so far' in line else place]
        for place, line in zip(places, lines, strict=True)
    ]


def test_wrong_interval_is_refused():
    with pytest.raises(ArgumentError, match=r'ProgressHook\.interval must be an int >= 1, got 0'):
        ProgressHook(0)


def test_learning_rate_is_that_of_the_epoch_not_of_the_next(build):
    runner = build(
        XOR,
        train_cfg__max_epochs=3,
        param_scheduler=[{'type': 'MultiStepLR', 'milestones': [1, 2], 'gamma': 0.1}],
        optim_wrapper={'optimizer': {'lr': 0.01}},
    )
    runner.train()
    rates = [line['train/lr'] for line in scalars_of(runner) if 'train/lr' in line]
    assert rates == pytest.approx([0.01, 0.001, 0.0001])


BY_ITERATION = {
    'train_cfg': {'_delete_': True, 'by_epoch': False, 'max_iters': 6, 'val_interval': 3},
    'param_scheduler': [
        {'type': 'MultiStepLR', 'milestones': [3], 'gamma': 0.1, 'by_epoch': False}
    ],
    'optim_wrapper': {'optimizer': {'lr': 0.01}},
}


def test_learning_rate_is_that_of_the_last_iteration_not_of_the_next(build):
    runner = build(XOR, **BY_ITERATION)
    runner.train()
    rates = [line['train/lr'] for line in scalars_of(runner) if 'train/lr' in line]
    assert rates == pytest.approx([0.01, 0.001])


@pytest.fixture
def cut(build):
    """Return a function that interrupts training after the last step of its first epoch."""

    def train(**options):
        runner = build(XOR, **options)
        count = len(runner.train_dataloader)
        runner.register_hook(InterruptAt(count))
        with pytest.raises(SystemExit):
            runner.train()

    return train


class InterruptAt(Hook):
    def __init__(self, iteration):
        self.iteration = iteration

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.iteration:
            runner.interrupts.note(15)


def test_learning_rate_of_an_epoch_is_the_same_after_an_interruption_at_its_end(build, cut):
    schedule = {'type': 'MultiStepLR', 'milestones': [15], 'gamma': 0.1, 'by_epoch': False}
    options = {
        'train_cfg__max_epochs': 2,
        'param_scheduler': [schedule],
        'optim_wrapper': {'optimizer': {'lr': 0.01}},
    }
    cut(**options)
    resumed = build(XOR, resume=True, **options)
    assert len(resumed.train_dataloader) == 15
    resumed.train()
    newest = sorted(Path(resumed.work_dir).glob('*/vis_data/scalars.json'))[-1]
    lines = map(json.loads, newest.read_text().splitlines())
    rates = [line['train/lr'] for line in lines if 'train/lr' in line]
    assert rates == pytest.approx([0.01, 0.001])


def test_scalars_of_the_test_are_written(trained):
    written = [line for line in scalars_of(trained) if 'test/loss' in line]
    assert [line['test/loss'] for line in written] == [trained.status.test_metrics['loss']]


def test_bar_on_a_terminal_draws_without_a_warning(build, monkeypatch):
    """Warnings are errors here; a loss that requires a gradient is not a plain number."""
    monkeypatch.setattr('sys.stdout.isatty', lambda: True, raising=False)
    monkeypatch.setattr('mmlesson.engine.hooks.progress_hook.REFRESH_SECONDS', 0)
    runner = build(XOR, train_cfg__max_epochs=1)
    runner.train()
    assert runner.epoch == 1
