import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.optim.scheduler import MultiStepLR, StepMomentum
from torch import nn

from mmlesson.engine.optim.settings import are_alike, changed, describe, describe_states


def sgd(**arguments):
    parameters = nn.Linear(2, 1).parameters()
    return OptimWrapper(torch.optim.SGD(parameters, **{'lr': 0.1, 'momentum': 0.9, **arguments}))


def test_settings_are_those_of_the_constructors():
    wrapper = sgd(weight_decay=0.2)
    schedulers = [MultiStepLR(wrapper, milestones=[3, 5, 5], gamma=0.5, end=7)]
    found = describe(wrapper, schedulers)['optimizer']
    assert found['type'] == 'SGD'
    (group,), (scheduler,) = found['groups'], found['schedulers']
    assert (group['lr'], group['momentum'], group['weight_decay']) == (0.1, 0.9, 0.2)
    assert 'params' not in group
    expected = {'type': 'MultiStepLR', 'milestones': [3, 5, 5], 'gamma': 0.5, 'end': 7, 'begin': 0}
    assert expected.items() <= scheduler.items()


def test_settings_in_states_are_the_same_after_steps():
    wrapper = sgd()
    schedulers = [MultiStepLR(wrapper, milestones=[1], gamma=0.5)]
    built = describe(wrapper, schedulers)['optimizer']
    for _ in range(3):
        wrapper.step()
        schedulers[0].step()
    found = describe_states(wrapper.state_dict(), [schedulers[0].state_dict()])
    assert found['groups'] == built['groups']
    assert found['schedulers'] == [{**built['schedulers'][0], 'type': None}]


def test_each_of_several_optimizers_is_described():
    wrappers = OptimWrapperDict(a=sgd(), b=sgd(lr=0.2))
    found = describe(wrappers, {'b': [MultiStepLR(wrappers['b'], milestones=[1])]})
    assert [part['groups'][0]['lr'] for part in found.values()] == [0.1, 0.2]
    assert [len(part['schedulers']) for part in found.values()] == [0, 1]


def test_beta_under_a_schedule_is_the_one_of_the_config():
    wrapper = OptimWrapper(torch.optim.Adam(nn.Linear(2, 1).parameters(), betas=(0.8, 0.99)))
    scheduler = StepMomentum(wrapper, step_size=1, gamma=0.5)
    wrapper.step()
    scheduler.step()
    (group,) = describe(wrapper, [scheduler])['optimizer']['groups']
    assert group['betas'] == [0.8, 0.99]
    assert 'momentum' not in group


def test_only_settings_of_both_can_have_changed():
    assert changed({'lr': 1, 'new': 2, 'type': 'A'}, {'lr': 3, 'old': 4, 'type': None}) == ['lr']


@pytest.mark.parametrize(
    ('old', 'alike'),
    [
        ([{'type': 'A', 'param_name': 'lr', 'gamma': 1}], True),
        ([{'type': None, 'param_name': 'lr', 'gamma': 1}], True),
        ([{'type': None, 'param_name': 'lr', 'factor': 1}], False),
        ([{'type': 'B', 'param_name': 'lr', 'gamma': 1}], False),
        ([{'type': 'A', 'param_name': 'momentum', 'gamma': 1}], False),
        ([], False),
    ],
)
def test_lists_of_schedulers_are_alike_by_type_and_value(old, alike):
    assert are_alike([{'type': 'A', 'param_name': 'lr', 'gamma': 1}], old) is alike
