"""Schedules foreseen, against closed forms."""

from __future__ import annotations

import math

import pytest
from paths import CONFIGS

from mmlesson.apis.analysis.lr_schedule import draw_config_schedule, foresee_schedule
from mmlesson.config import load_config
from mmlesson.errors import UserError


@pytest.fixture
def foresee(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def give(lesson, **options):
        return foresee_schedule(load_config(CONFIGS / lesson, options))

    return give


def test_cosine_schedule_follows_its_formula_and_leaves_no_files(foresee, tmp_path):
    schedule = foresee('cnn/cnn_digits.py')
    (rates,) = schedule.panels['learning rate'].values()
    assert len(rates) == 40 * 17
    expected = [0.0015 * (1 + math.cos(math.pi * (i // 17) / 40)) for i in range(680)]
    assert rates == pytest.approx(expected, abs=1e-9)
    assert schedule.steps[17] == 1
    assert set(schedule.panels) == {'learning rate'}  # the momentum never changes
    assert not list(tmp_path.iterdir())


def test_warm_up_by_iterations_and_a_step_by_epochs(foresee):
    warm_up = {'type': 'LinearLR', 'start_factor': 0.1, 'by_epoch': False, 'end': 30}
    drop = {'type': 'MultiStepLR', 'milestones': [4], 'gamma': 0.5, 'by_epoch': True}
    momentum = {'type': 'ConstantMomentum', 'factor': 0.5, 'by_epoch': True, 'end': 2}
    optimizer = {'type': 'SGD', 'lr': 0.2, 'momentum': 0.8, '_delete_': True}
    schedule = foresee(
        'mlp/mlp_moons.py',
        **{
            'param_scheduler': [warm_up, drop, momentum],
            'optim_wrapper.optimizer': optimizer,
            'train_cfg.max_epochs': 5,
        },
    )
    (rates,) = schedule.panels['learning rate'].values()
    assert rates[0] == pytest.approx(0.02)
    assert rates[10] == pytest.approx(0.2 * (0.1 + 0.9 * 10 / 29))
    assert rates[29:60] == pytest.approx([0.2] * 31)
    assert rates[60:] == pytest.approx([0.1] * 15)
    (momenta,) = schedule.panels['momentum'].values()
    assert momenta == pytest.approx([0.4] * 15 + [0.8] * 60)


def test_no_scheduler_is_one_rate_and_iterations_are_counted(foresee):
    loop = {'by_epoch': False, 'max_iters': 12, '_delete_': True}
    schedule = foresee('mlp/mlp_moons.py', train_cfg=loop)
    assert schedule.panels == {'learning rate': {'group 0': [0.01] * 12}}
    assert schedule.steps == list(range(12))


def test_scheduler_that_needs_validation_is_left_out_and_reported(foresee):
    plateau = {'type': 'ReduceOnPlateauLR', 'monitor': 'loss'}
    assert foresee('mlp/mlp_moons.py', param_scheduler=plateau).waits


def test_each_group_with_its_own_rate_has_a_line(foresee):
    slower = {'custom_keys': {'head': {'lr_mult': 0.1}}}
    schedule = foresee('mlp/mlp_moons.py', **{'optim_wrapper.paramwise_cfg': slower})
    lines = schedule.panels['learning rate'].values()
    assert sorted(values[0] for values in lines) == pytest.approx([0.001, 0.01])


def test_schedule_is_drawn(tmp_path):
    config = load_config(CONFIGS / 'cnn/cnn_digits.py')
    file = draw_config_schedule(config, tmp_path / 'lr.png')
    assert file.read_bytes().startswith(b'\x89PNG')
    assert list(tmp_path.iterdir()) == [file]


def test_several_optimizers_are_refused(foresee, monkeypatch):
    from mmlesson.engine.runner import LessonRunner

    monkeypatch.setattr(LessonRunner, 'build_optim_wrapper', lambda self, _: object())
    with pytest.raises(UserError, match='one optimizer only'):
        foresee('mlp/mlp_moons.py')
