"""Single mistakes made to shipped configs: each is told, with its path and what was meant."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from forked import run_forked
from paths import ROOT

from mmlesson.config import LoadedConfig

LESSONS = sorted(p for p in (ROOT / 'configs').rglob('*.py') if '_base_' not in p.parts)

CNN, MLP, XOR = 'cnn/cnn_digits.py', 'mlp/mlp_digits.py', 'mlp/mlp_xor.py'
STOPPED = 'mlp/fit_stopped.py'
RUNTIME, DIGITS = '_base_/default_runtime.py', '_base_/datasets/digits.py'
NET, COSINE, ADAM = (
    '_base_/models/cnn.py',
    '_base_/schedules/adam_cosine.py',
    '_base_/schedules/adam.py',
)
APPEND = ''


class Mutant(NamedTuple):
    """One mistake: in ``file``, ``old`` becomes ``new``; seen when ``lesson`` is checked."""

    name: str
    lesson: str
    file: str
    old: str
    new: str
    path: str
    message: str


MUTANTS = [
    Mutant(
        'train_cfg', XOR, ADAM, 'train_cfg', 'train_cgf', 'train_cgf', "Did you mean 'train_cfg'?"
    ),
    Mutant(
        'optim_wrapper',
        CNN,
        COSINE,
        'optim_wrapper =',
        'optim_wraper =',
        'optim_wraper',
        "Did you mean 'optim_wrapper'?",
    ),
    Mutant(
        'randomness',
        CNN,
        RUNTIME,
        'randomness =',
        'randomnes =',
        'randomnes',
        "Did you mean 'randomness'?",
    ),
    Mutant(
        'custom_hooks',
        STOPPED,
        STOPPED,
        'custom_hooks =',
        'custom_hook =',
        'custom_hook',
        "Did you mean 'custom_hooks'?",
    ),
    Mutant('model type', CNN, NET, "'CNN'", "'CNNN'", 'model.backbone.type', "Did you mean 'CNN'?"),
    Mutant(
        'scope',
        CNN,
        DIGITS,
        "'mmlesson.lesson_collate'",
        "'mmlesonn.lesson_collate'",
        'train_dataloader.collate_fn.type',
        "has the scope 'mmlesonn', which is not an installed package. Did you mean 'mmlesson'?",
    ),
    Mutant(
        'scope left out',
        MLP,
        DIGITS,
        "'mmpretrain.Accuracy'",
        "'Accuracy'",
        'val_evaluator.0.type',
        "Did you mean 'mmpretrain.Accuracy'?",
    ),
    Mutant(
        'name in a scope',
        MLP,
        DIGITS,
        "'mmpretrain.Accuracy'",
        "'mmpretrain.Acuracy'",
        'val_evaluator.0.type',
        "Did you mean 'mmpretrain.Accuracy'?",
    ),
    Mutant(
        'optimizer type',
        XOR,
        ADAM,
        "'Adam'",
        "'Adm'",
        'optim_wrapper.optimizer.type',
        "Did you mean 'Adam'?",
    ),
    Mutant(
        'optimiser',
        XOR,
        ADAM,
        'optimizer=',
        'optimiser=',
        'optim_wrapper.optimiser',
        "OptimWrapper has no argument 'optimiser'. Did you mean 'optimizer'?",
    ),
    Mutant(
        'optimizer argument',
        XOR,
        ADAM,
        'lr=',
        'learning_rate=',
        'optim_wrapper.optimizer.learning_rate',
        "Adam has no argument 'learning_rate'",
    ),
    Mutant(
        'max_epoch',
        XOR,
        ADAM,
        'max_epochs=',
        'max_epoch=',
        'train_cfg.max_epoch',
        "LessonEpochLoop has no argument 'max_epoch'. Did you mean 'max_epochs'?",
    ),
    Mutant(
        'model argument',
        CNN,
        NET,
        'channels=(16, 32)',
        'chanels=(16, 32)',
        'model.backbone.chanels',
        "CNN has no argument 'chanels'. Did you mean 'channels'?",
    ),
    Mutant(
        'missing argument',
        MLP,
        '_base_/models/mlp.py',
        'in_features=64, ',
        '',
        'model.backbone',
        "MLP needs 'in_features', which is not set.",
    ),
    Mutant(
        'text for a number',
        CNN,
        COSINE,
        'lr=0.003',
        "lr='0.003'",
        'optim_wrapper.optimizer.lr',
        "Adam.lr must be a number >= 0, got '0.003'.",
    ),
    Mutant(
        'number for a list',
        MLP,
        '_base_/models/mlp.py',
        'hidden_sizes=(64,)',
        'hidden_sizes=64',
        'model.backbone.hidden_sizes',
        'MLP.hidden_sizes must be list of int, got 64.',
    ),
    Mutant(
        'hook argument',
        STOPPED,
        STOPPED,
        'patience=',
        'patiense=',
        'custom_hooks.0.patiense',
        "EarlyStoppingHook has no argument 'patiense'. Did you mean 'patience'?",
    ),
    Mutant(
        'default hook',
        CNN,
        RUNTIME,
        "checkpoint=dict(type='LessonCheckpointHook', ",
        'checkpiont=dict(',
        'default_hooks.checkpiont',
        "Did you mean 'checkpoint'?",
    ),
    Mutant(
        'loader argument',
        CNN,
        DIGITS,
        'num_workers=0',
        'num_worker=0',
        'train_dataloader.num_worker',
        "Did you mean 'num_workers'?",
    ),
    Mutant(
        'save_best',
        CNN,
        RUNTIME,
        "save_best='accuracy/top1'",
        "save_best='acc'",
        'default_hooks.checkpoint.save_best',
        "is not reported; the validation reports: 'accuracy/top1', 'loss'.",
    ),
    Mutant(
        'monitor',
        STOPPED,
        STOPPED,
        "monitor='loss'",
        "monitor='losses'",
        'custom_hooks.0.monitor',
        "the validation reports: 'accuracy/top1', 'loss'. Did you mean 'loss'?",
    ),
    Mutant(
        'rule',
        STOPPED,
        STOPPED,
        "monitor='loss'",
        "monitor='loss', rule='greater'",
        'custom_hooks.0.rule',
        "of 'loss' less is better, so the rule must be 'less'",
    ),
    Mutant(
        'milestones',
        XOR,
        XOR,
        APPEND,
        "param_scheduler = dict(type='MultiStepLR', milestones=[50, 120])",
        'param_scheduler.milestones',
        '120 are never reached: training ends after 100 epochs.',
    ),
    Mutant(
        'val_begin',
        CNN,
        COSINE,
        'val_interval=1',
        'val_interval=1, val_begin=41',
        'train_cfg.val_begin',
        'is 41, but training ends after 40 epochs',
    ),
    Mutant(
        'num_classes',
        CNN,
        NET,
        'num_classes=10',
        'num_classes=9',
        'model.head.num_classes',
        'has 9 classes, but Digits (train) has 10.',
    ),
    Mutant(
        'image size',
        CNN,
        NET,
        'image_size=(8, 8)',
        'image_size=(28, 28)',
        'model.backbone.image_size',
        'Set image_size=(8, 8).',
    ),
    Mutant(
        'in_features',
        MLP,
        '_base_/models/mlp.py',
        'in_features=64',
        'in_features=784',
        'model.backbone.in_features',
        'Set in_features=64.',
    ),
    Mutant(
        'batch size',
        MLP,
        DIGITS,
        'batch_size=64',
        'batch_size=2000, drop_last=True',
        'train_dataloader.batch_size',
        'drop_last=True drops the only batch',
    ),
    Mutant(
        'batch of one',
        CNN,
        DIGITS,
        'batch_size=64',
        'batch_size=1',
        'train_dataloader.batch_size',
        'CNN has batch normalisation',
    ),
    Mutant(
        'finite sampler',
        XOR,
        ADAM,
        'train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)',
        "runner_type = 'Runner'\ntrain_cfg = dict(by_epoch=False, max_iters=100)",
        'train_cfg',
        "Use 'InfiniteSampler', or LessonRunner.",
    ),
]


@pytest.fixture
def mutate(tmp_path):
    """Return a function that makes one mistake in a copy of the configs and gives the lesson."""
    configs = tmp_path / 'configs'
    shutil.copytree(ROOT / 'configs', configs, ignore=shutil.ignore_patterns('__pycache__'))

    def apply(mutant: Mutant) -> Path:
        file = configs / mutant.file
        text = file.read_text()
        assert mutant.old in text
        changed = text.replace(mutant.old, mutant.new, 1) if mutant.old else f'{text}{mutant.new}\n'
        file.write_text(changed)
        return configs / mutant.lesson

    return apply


@pytest.mark.parametrize('mutant', MUTANTS, ids=lambda mutant: mutant.name)
def test_single_mistake_is_reported_with_its_location_and_a_suggestion(mutate, mutant):
    lesson = mutate(mutant)
    issues = LoadedConfig.open(lesson).issues()
    found = [one for one in issues if one.path == mutant.path]
    assert found, [str(one) for one in issues]
    assert mutant.message in found[0].message
    assert re.fullmatch(rf'.*{re.escape(mutant.file)}:\d+', found[0].source)


@pytest.mark.parametrize('lesson', LESSONS, ids=lambda p: p.stem)
def test_shipped_lesson_has_no_finding(lesson):
    assert LoadedConfig.open(lesson).issues() == []


def test_all_mistakes_are_reported_at_once(mutate):
    first = mutate(next(m for m in MUTANTS if m.name == 'model argument'))
    mutate(next(m for m in MUTANTS if m.name == 'text for a number'))
    paths = [one.path for one in LoadedConfig.open(first).issues()]
    assert paths == ['model.backbone.chanels', 'optim_wrapper.optimizer.lr']


def check_refusal(done: subprocess.CompletedProcess[str], name: str, folder: Path) -> None:
    assert done.returncode == 2
    assert done.stderr.startswith('error: ')
    assert 'Traceback' not in done.stderr
    assert next(m for m in MUTANTS if m.name == name).message in done.stderr
    assert not (folder / 'run').exists()


@pytest.mark.parametrize('name', ['model type', 'save_best', 'scope left out'])
def test_train_refuses_a_mistake_without_a_traceback(mutate, name, tmp_path):
    lesson = mutate(next(mutant for mutant in MUTANTS if mutant.name == name))
    done = run_forked(ROOT / 'tools/train.py', lesson, '--work-dir', 'run', cwd=tmp_path)
    check_refusal(done, name, tmp_path)


def test_train_refuses_a_mistake_within_eight_seconds(mutate, tmp_path):
    lesson = mutate(next(mutant for mutant in MUTANTS if mutant.name == 'train_cfg'))
    command = [sys.executable, str(ROOT / 'tools/train.py'), str(lesson), '--work-dir', 'run']
    before = os.times()
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    after = os.times()  # its own seconds, not those in which it waited for busy cores
    seconds = after.children_user + after.children_system
    seconds -= before.children_user + before.children_system
    check_refusal(done, 'train_cfg', tmp_path)
    assert seconds < 8
