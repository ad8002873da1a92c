"""Where a run goes, and on what: before anything is built."""

from __future__ import annotations

import re
import subprocess
from argparse import Namespace
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from paths import CONFIGS
from rich.console import Console
from sklearn.metrics import precision_recall_fscore_support

from mmlesson.engine import command
from mmlesson.engine.build import build_runner
from mmlesson.engine.command import add_outputs, apply_flags, training_config, write_metrics
from mmlesson.errors import UserError
from mmlesson.runs.environment import describe_environment
from mmlesson.runs.run import Run
from mmlesson.utils.device import resolve_device


@pytest.fixture
def lesson(tmp_path, monkeypatch) -> Config:
    monkeypatch.chdir(tmp_path)
    Path('lesson.py').write_text('a = 1\n')
    return Config.fromfile('lesson.py')


@pytest.mark.parametrize('name', ['gpu', 'cuda:x', 'cpu:a', ''])
def test_unknown_device_is_named(name):
    with pytest.raises(UserError, match='device must be auto, cpu, cuda, cuda:N or mps'):
        resolve_device(name)


def test_gpu_is_used_if_available_and_refused_otherwise(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    monkeypatch.setattr(torch.backends.mps, 'is_available', lambda: False)
    assert resolve_device('auto') == torch.device('cpu')
    with pytest.raises(UserError, match='torch sees 0 CUDA'):
        resolve_device('cuda')
    with pytest.raises(UserError, match='there is none here'):
        resolve_device('mps')
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    assert resolve_device('cuda:1') == torch.device('cuda', 1)
    with pytest.raises(UserError, match='torch sees 2 CUDA'):
        resolve_device('cuda:2')
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'current_device', lambda: 1)
    assert resolve_device('auto') == torch.device('cuda', 1)


@pytest.mark.parametrize('device', ['cpu', 'cuda'])
def test_flags_are_merged_into_the_config(monkeypatch, device):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 1)
    config = Config({'optim_wrapper': {'optimizer': {'type': 'SGD', 'lr': 1}}})
    apply_flags(config, Namespace(launcher='none', device=device, amp=True))
    assert config.optim_wrapper.type == 'mmlesson.MixedPrecisionOptimWrapper'
    assert config.device == device
    assert config.default_scope == 'mmlesson'


@pytest.mark.parametrize(
    ('out', 'item', 'message'),
    [
        ('m.pkl', 'metrics', r'must end in \.json'),
        ('p.json', 'pred', r'must end in \.pkl'),
        ('there.json', 'metrics', 'exists already'),
        ('no/m.json', 'metrics', 'the folder no does not exist'),
    ],
)
def test_unwritable_output_is_reported_before_the_test(lesson, out, item, message):
    Path('there.json').write_text('{}')
    args = Namespace(amp=False, out=out, out_item=item, show_dir=None, tta=False)
    with pytest.raises(UserError, match=message):
        add_outputs(lesson, args)


def test_metrics_are_written_as_plain_json(tmp_path):
    write_metrics(str(tmp_path / 'm.json'), {'a': 1.5, 'matrix': torch.eye(2)})
    text = (tmp_path / 'm.json').read_text().replace('\n', '').replace(' ', '')
    assert text == '{"a":1.5,"matrix":[[1.0,0.0],[0.0,1.0]]}'


def test_environment_names_versions_and_command(monkeypatch, tmp_path):
    found = describe_environment(torch.device('cpu'))
    assert found['packages']['torch'] == torch.__version__
    assert found['gpu'] is None
    monkeypatch.setattr('sys.argv', ['tools/train.py', 'x.py', 'sizes=(8, 8)'])
    found = describe_environment(torch.device('cpu'))
    assert found['command'].endswith("tools/train.py x.py 'sizes=(8, 8)'")  # can be given again


def git(*words: str) -> str:
    return subprocess.run(
        ('git', *words), capture_output=True, text=True, check=True
    ).stdout.strip()


def test_git_state_is_that_of_the_folder_and_includes_changes(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    git('init', '--quiet')
    Path('a').write_text('1')
    git('add', 'a')
    who = ('-c', 'user.name=a', '-c', 'user.email=a@b')
    git(*who, 'commit', '--quiet', '--message', 'one')
    commit = git('rev-parse', '--short=12', 'HEAD')
    assert describe_environment(torch.device('cpu'))['git'] == commit
    Path('a').write_text('2')
    assert describe_environment(torch.device('cpu'))['git'] == f'{commit}, with changes'


def test_git_state_outside_a_repository_is_that_of_the_package(monkeypatch, tmp_path):
    here = describe_environment(torch.device('cpu'))['git']
    monkeypatch.chdir(tmp_path)
    assert describe_environment(torch.device('cpu'))['git'] == here
    monkeypatch.setenv('PATH', '')  # nor is there git
    assert describe_environment(torch.device('cpu'))['git'] is None


@pytest.mark.parametrize(
    ('own', 'batch_size', 'ratio'), [({}, 256, 4.0), ({'base_batch_size': 128}, 256, 2.0)]
)
def test_scaled_learning_rate_is_logged(tmp_path, caplog, own, batch_size, ratio):
    config = tmp_path / 'lesson.py'
    lesson = str(CONFIGS / 'mlp/mlp_digits.py')
    config.write_text(f'_base_ = [{lesson!r}]\nauto_scale_lr = {own!r}\n')
    args = Namespace(
        **{'config': str(config), 'device': 'cpu', 'launcher': 'none', 'amp': False},
        **{'seed': None, 'auto_scale_lr': True, 'no_validate': True, 'resume': None},
        cfg_options=[
            f'train_dataloader.batch_size={batch_size}',
            'default_hooks.visualization=None',
        ],
    )
    config = training_config(args)
    config.work_dir = str(tmp_path / 'run')
    runner = build_runner(config)
    runner.logger.addHandler(caplog.handler)
    wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    runner.scale_lr(wrapper, runner.auto_scale_lr)
    assert wrapper.get_lr()['lr'] == pytest.approx([0.003 * ratio])
    assert f'Scaling the original LR by {ratio}' in caplog.text


def test_folder_of_a_run_stands_for_the_weights_it_ended_with(tmp_path, train):
    stopping = {'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 1, 'baseline': -1.0}
    train('mlp/mlp_moons.py', custom_hooks=[stopping], train_cfg__max_epochs=3)
    names = ('amp', 'out', 'show_dir', 'tta', 'work_dir', 'cfg_options')
    args = Namespace(**dict.fromkeys(names), launcher='none', device='cpu', out_item='metrics')
    args.config, args.checkpoint = str(CONFIGS / 'mlp/mlp_moons.py'), str(tmp_path / 'run')
    config = command.testing_config(args)
    assert config.load_from == str(Run(tmp_path / 'run').checkpoint_to_apply)
    assert config.work_dir == str(tmp_path / 'run' / 'test')


def test_option_at_odds_with_the_schedule_is_noted(capsys, monkeypatch):
    arguments = Namespace(
        config=CONFIGS / 'mlp/mlp_digits.py', launcher='none', device='cpu', amp=False, seed=None,
        auto_scale_lr=False, no_validate=False, cfg_options=['train_cfg.max_epochs=7'], resume=None,
    )  # fmt: skip
    training_config(arguments)
    assert 'note: command line: param_scheduler.T_max: is 40' in capsys.readouterr().err
    monkeypatch.setenv('RANK', '1')
    training_config(arguments)
    assert capsys.readouterr().err == ''


def test_end_lists_precision_recall_and_f1_of_each_class(build, capsys):
    runner = build('mlp/mlp_table.py', train_cfg__max_epochs=3)
    runner.train()
    data = runner.test_dataloader.dataset
    batch = data.__getitems__(list(range(len(data))))
    with torch.no_grad():
        guesses = runner.model.test_step(batch)
    guessed = [int(guess['pred_label']) for guess in guesses]
    scores = precision_recall_fscore_support(batch['labels'], guessed, zero_division=0)
    command.print_end(runner)
    said = capsys.readouterr().out
    for name, *numbers in zip(data.classes, *scores[:3], strict=True):
        assert re.search(rf'{name}\W+' + r'\W+'.join(f'{100 * n:.1f}' for n in numbers), said)


def test_end_lists_no_classes_where_they_are_many():
    metrics = {name: [50.0] * 13 for name in ('precision', 'recall')}
    assert command._class_table(metrics, [f'{n}' for n in range(13)]) is None
    few = {name: values[:12] for name, values in metrics.items()}
    assert command._class_table(few, [f'{n}' for n in range(12)]).row_count == 12
    assert command._class_table({}, ['a', 'b']) is None


def test_value_per_class_that_is_no_number_is_shown_by_name(capsys):
    Console().print(command._class_table({'recall': [50.0, 'nan']}, ['a', 'b']))
    assert 'nan' in capsys.readouterr().out


def test_class_name_is_no_markup_of_the_terminal(capsys):
    table = command._class_table({'recall': [1.0, 2.0]}, ['[red]', '[/]'])
    Console().print(table)
    said = capsys.readouterr().out
    assert '[red]' in said
    assert '[/]' in said
