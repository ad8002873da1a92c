"""A resumed run follows the config; the oracles are torch's schedulers, run alone."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.optim.scheduler import StepLR
from torch import nn
from torch.optim import lr_scheduler

from mmlesson.engine.optim.resume import resume_optimizers, scheduler_states
from mmlesson.engine.optim.settings import describe
from mmlesson.errors import UserError

MOONS = 'mlp/mlp_moons.py'
SGD = {'_delete_': True, 'type': 'SGD', 'lr': 0.1, 'momentum': 0.8}
STEPS = {'type': 'MultiStepLR', 'milestones': [2], 'gamma': 0.5}
NEVER_BETTER = {
    'type': 'ReduceOnPlateauLR', 'monitor': 'loss', 'rule': 'less', 'factor': 0.1,
    'patience': 0, 'threshold': 1.0,
}  # fmt: skip


def options(epochs, scheduler=None, **optimizer):
    return {
        'train_cfg__max_epochs': epochs,
        'param_scheduler': scheduler,
        'optim_wrapper__optimizer': {**SGD, **optimizer},
    }


@pytest.fixture
def resumed(build, caplog):
    """Return a function that trains by one config and resumes by another; it gives the runner."""

    def run(first, second):
        build(MOONS, **first).train()
        runner = build(MOONS, resume=True, **second)
        runner.logger.addHandler(caplog.handler)
        runner.train()
        return runner

    return run


def rates(runner):
    """Return the learning rate of each epoch as recorded by both starts."""
    found = {}
    for file in sorted(Path(runner.work_dir).glob('*/vis_data/scalars.json')):
        lines = map(json.loads, file.read_text().splitlines())
        found |= {line['epoch']: line['train/lr'] for line in lines if 'train/lr' in line}
    return [found[epoch] for epoch in sorted(found)]


def torch_rates(epochs, make, lr=0.1):
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=lr)
    scheduler = make(optimizer)
    found = []
    for _ in range(epochs):
        found.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        scheduler.step()
    return found


CHANGES = {
    'milestone added': (
        (3, {**STEPS, 'milestones': [1]}),
        (6, {**STEPS, 'milestones': [1, 4]}),
        lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [1, 4], 0.5),
        'milestones of MultiStepLR is [1, 4], no longer [1], as the config says.',
    ),
    'milestone moved before the checkpoint': (
        (3, {**STEPS, 'milestones': [4]}),
        (6, {**STEPS, 'milestones': [1]}),
        lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [1], 0.5),
        'milestones of MultiStepLR is [1], no longer [4], as the config says.',
    ),
    'longer cosine': (
        (3, {'type': 'CosineAnnealingLR', 'T_max': 3}),
        (6, {'type': 'CosineAnnealingLR', 'T_max': 6}),
        lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 6),
        'T_max of CosineAnnealingLR is 6, no longer 3, as the config says.',
    ),
    'cosine over all epochs': (
        (3, {'type': 'CosineAnnealingLR'}),
        (6, {'type': 'CosineAnnealingLR'}),
        lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 6),
        'end of CosineAnnealingLR is 6, no longer 3, as the config says.',
    ),
    'another type': (
        (3, STEPS),
        (6, {'type': 'ExponentialLR', 'gamma': 0.7}),
        lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.7),
        'param_scheduler is ExponentialLR, no longer MultiStepLR, as the config says.',
    ),
    'schedule removed': (
        (3, STEPS),
        (6, None),
        lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0),
        'param_scheduler is none, no longer MultiStepLR, as the config says.',
    ),
    'schedule added': (
        (3, None),
        (6, STEPS),
        lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [2], 0.5),
        'param_scheduler is MultiStepLR, no longer none, as the config says.',
    ),
}


@pytest.mark.parametrize(('first', 'second', 'make', 'line'), CHANGES.values(), ids=CHANGES)
def test_changed_schedule_holds_from_the_resumed_epoch_on(
    resumed, caplog, first, second, make, line
):
    runner = resumed(options(*first), options(*second))
    assert rates(runner)[3:] == pytest.approx(torch_rates(6, make)[3:])
    assert line in caplog.messages


def test_changed_learning_rate_is_scheduled_as_from_the_first_epoch(resumed, caplog):
    runner = resumed(options(3, STEPS), options(4, STEPS, lr=0.02))
    expected = torch_rates(4, lambda o: lr_scheduler.MultiStepLR(o, [2], 0.5), lr=0.02)
    assert rates(runner)[3:] == pytest.approx(expected[3:])
    assert 'lr of SGD is 0.02, no longer 0.1, as the config says.' in caplog.messages


def test_changed_arguments_of_the_optimizer_are_the_configs(resumed, caplog):
    runner = resumed(options(1), options(2, lr=0.02, weight_decay=0.3, momentum=0.5))
    (group,) = runner.optim_wrapper.param_groups
    assert (group['lr'], group['weight_decay'], group['momentum']) == (0.02, 0.3, 0.5)
    assert 'weight_decay of SGD is 0.3, no longer 0, as the config says.' in caplog.messages


def test_checkpoint_without_settings_is_compared_by_its_states(build, caplog):
    first = build(MOONS, **options(3, STEPS))
    first.train()
    file = Path(first.work_dir) / 'epoch_3.pth'
    checkpoint = torch.load(file, weights_only=True)
    del checkpoint['optimizer_settings']
    torch.save(checkpoint, file)
    changed = options(6, {**STEPS, 'milestones': [2, 4]}, lr=0.02, weight_decay=0.3)
    runner = build(MOONS, resume=True, **changed)
    runner.logger.addHandler(caplog.handler)
    runner.train()
    expected = torch_rates(6, lambda o: lr_scheduler.MultiStepLR(o, [2, 4], 0.5), lr=0.02)
    assert rates(runner)[3:] == pytest.approx(expected[3:])
    assert runner.optim_wrapper.param_groups[0]['weight_decay'] == 0.3
    assert sum('as the config says' in line for line in caplog.messages) == 4  # and `end`


def test_warmup_by_iterations_is_advanced_with_the_schedule_by_epochs(resumed):
    warmup = {'type': 'LinearLR', 'start_factor': 0.5, 'by_epoch': False, 'begin': 0, 'end': 11}
    runner = resumed(options(3, [warmup, STEPS]), options(4, [warmup, {**STEPS, 'gamma': 0.1}]))
    assert rates(runner)[3:] == pytest.approx([0.1 * 0.1])  # warm, one milestone passed


def test_changed_schedule_of_the_momentum_is_the_configs(resumed):
    first, second = ({'type': 'StepMomentum', 'step_size': size} for size in (2, 1))
    runner = resumed(options(3, {**first, 'gamma': 0.5}), options(4, {**second, 'gamma': 0.5}))
    (group,) = runner.optim_wrapper.param_groups
    assert group['momentum'] == pytest.approx(0.8 * 0.5**3)  # the fourth step is past `end`


def test_changed_schedule_of_adams_first_beta_is_the_configs(resumed, caplog):
    adam = {'_delete_': True, 'type': 'Adam', 'lr': 0.01}
    first, second = (
        {
            **options(epochs, {'type': 'StepMomentum', 'step_size': size, 'gamma': 0.5}),
            'optim_wrapper__optimizer': adam,
        }
        for epochs, size in ((3, 2), (4, 1))
    )
    runner = resumed(first, second)
    assert runner.optim_wrapper.param_groups[0]['betas'] == pytest.approx((0.9 * 0.5**3, 0.999))
    assert not any('betas' in line for line in caplog.messages)


def test_learning_rate_lowered_on_plateaus_is_scaled(resumed):
    runner = resumed(options(3, NEVER_BETTER), options(4, NEVER_BETTER, lr=0.5))
    assert rates(runner)[3] == pytest.approx(0.5 * 0.1**2)


def test_patience_of_a_plateau_is_the_configs(resumed, caplog):
    runner = resumed(options(3, NEVER_BETTER), options(5, {**NEVER_BETTER, 'patience': 9}))
    assert rates(runner)[3:] == pytest.approx([0.1 * 0.1**2] * 2)
    assert 'patience of ReduceOnPlateauLR is 9, no longer 0, as the config says.' in caplog.messages


def test_another_schedule_beside_a_plateau_is_refused(resumed):
    with pytest.raises(UserError, match='ReduceOnPlateauLR depends on earlier validations'):
        resumed(options(2, NEVER_BETTER), options(3, [NEVER_BETTER, STEPS]))


def test_schedule_that_ends_before_the_checkpoint_is_refused(resumed):
    cycle = {'type': 'OneCycleLR', 'eta_max': 0.1, 'total_steps': 1}
    with pytest.raises(UserError, match='param_scheduler ends before iteration'):
        resumed(options(3), options(4, cycle))


def test_another_optimizer_is_refused(resumed):
    adam = {'_delete_': True, 'type': 'Adam', 'lr': 0.1}
    with pytest.raises(UserError, match=r'holds the state of SGD, but the config has Adam\.'):
        resumed(options(1), {**options(2), 'optim_wrapper__optimizer': adam})


def test_another_optimizer_than_that_of_a_state_is_refused(build):
    first = build(MOONS, **options(1))
    first.train()
    file = Path(first.work_dir) / 'epoch_1.pth'
    checkpoint = torch.load(file, weights_only=True)
    del checkpoint['optimizer_settings']
    torch.save(checkpoint, file)
    adam = {'_delete_': True, 'type': 'Adam', 'lr': 0.1}
    with pytest.raises(UserError, match=r'an optimizer with dampening, momentum, nesterov'):
        build(MOONS, resume=True, **{**options(2), 'optim_wrapper__optimizer': adam}).train()


def test_another_number_of_groups_is_refused(resumed):
    each = {'optim_wrapper__paramwise_cfg': {'bias_lr_mult': 2.0}}
    with pytest.raises(UserError, match=r'holds 1 parameter group\(s\) of .*, but the config has'):
        resumed(options(1), {**options(2), **each})


def test_learning_rates_of_groups_keep_their_ratio(resumed):
    each = {'optim_wrapper__paramwise_cfg': {'bias_lr_mult': 2.0}}
    runner = resumed({**options(3, STEPS), **each}, {**options(4, STEPS, lr=0.02), **each})
    found = {group['lr'] for group in runner.optim_wrapper.optimizer.param_groups}
    assert sorted(found) == pytest.approx([0.01, 0.02])
    assert runner.optim_wrapper.base_param_settings['lr'] == pytest.approx(0.01)


def test_nothing_is_said_of_an_unchanged_config(build, caplog):
    first = build(MOONS, **options(3, [STEPS]))
    first.train()
    file = str(Path(first.work_dir) / 'epoch_2.pth')
    runner = build(MOONS, resume=True, load_from=file, **options(3, [STEPS]))
    runner.logger.addHandler(caplog.handler)
    runner.train()
    assert runner.epoch == 3
    assert not any('as the config says' in line for line in caplog.messages)


def two_optimizers(lr):
    wrappers = OptimWrapperDict(
        a=OptimWrapper(torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=lr)),
        b=OptimWrapper(torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)),
    )
    schedulers = {name: [StepLR(wrappers[name], 1, 0.5)] for name in 'ab'}
    return SimpleNamespace(
        optim_wrapper=wrappers,
        param_schedulers=schedulers,
        logger=logging.getLogger('two_optimizers'),
        train_dataloader=range(5),
    )


def test_each_of_several_optimizers_is_resumed_with_its_schedule():
    runner, changed = two_optimizers(0.1), two_optimizers(0.4)
    checkpoint = {
        'optimizer_settings': describe(runner.optim_wrapper, runner.param_schedulers),
        'loop': {'epoch': 1, 'iter': 5},
    }
    for name in 'ab':
        runner.optim_wrapper[name].step()
        runner.param_schedulers[name][0].step()
    checkpoint['optimizer'] = runner.optim_wrapper.state_dict()
    checkpoint['param_schedulers'] = scheduler_states(runner.param_schedulers)
    resume_optimizers(changed, checkpoint, 'x.pth')
    assert changed.optim_wrapper.get_lr() == {'a.lr': [0.2], 'b.lr': [0.05]}
