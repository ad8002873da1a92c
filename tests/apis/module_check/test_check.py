"""Check of modules: ours pass, and each defect fails the stage that it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.model import BaseModule
from paths import CONFIGS
from torch import nn

from mmlesson.apis.module_check.check import CHEAP, STAGES, check_module
from mmlesson.apis.module_check.default_config import config_of_module
from mmlesson.errors import UserError
from mmlesson.registry import DATASETS, MODELS

MODELS.import_from_location()
DATASETS.import_from_location()
NEED_FILES = {
    *('CIFAR10', 'CIFAR100', 'EMNIST', 'KMNIST', 'QMNIST'),
    *('ImageFolderDataset', 'TableDataset'),
}
OF_VISION = {
    *('BoxHead', 'CenterHead', 'HeatmapHead', 'InstanceHead', 'PixelHead'),
    *('FeatureMaps', 'DigitCanvas'),
}
BACKBONES = {'CNN', 'FeatureMaps', 'MLP', 'MLPByHand', 'Perceptron'}
OURS = [
    name
    for registry in (MODELS, DATASETS)
    for name, module in registry.module_dict.items()
    if module.__module__.startswith('mmlesson.')
    and (registry is DATASETS or name in BACKBONES or name.endswith(('Head', 'Loss')))
    and name not in NEED_FILES
]
FEW = {'NoiseImages': {'num_samples': 300}}
"""Arguments with which a dataset is made quickly."""
QUICK = {name: CHEAP[name] for name in ('builds', 'batch of one, odd tail', 'CPU, GPU, AMP')}


def failures(name: str, stages=CHEAP, **arguments) -> dict[str, str]:
    results = check_module(name, arguments, chosen=stages)
    return {result.stage: result.reason for result in results if result.status == 'FAIL'}


@pytest.fixture(autouse=True)
def _same_registry(monkeypatch):
    monkeypatch.setattr(MODELS, '_module_dict', dict(MODELS._module_dict))


@pytest.mark.parametrize('name', sorted(set(OURS) - OF_VISION))
def test_our_modules_pass(name):
    assert failures(name, **FEW.get(name, {})) == {}


@pytest.mark.parametrize('name', sorted(set(OURS) & OF_VISION))
def test_our_modules_of_vision_pass(name, tmp_path):
    file = tmp_path / 'few.py'
    few = '\n'.join(
        f'{split}_dataloader = dict(dataset=dict(num_samples=8))' for split in ('train', 'val')
    )
    file.write_text(f"_base_ = ['{config_of_module(name, {})}']\n{few}\n")
    assert failures(str(file), QUICK) == {}


def test_lenet_of_mmpretrain_fails_at_the_batch_of_one():
    found = failures('mmpretrain.LeNet5')
    assert list(found) == ['batch of one, odd tail']
    assert 'LeNet5 returns the shape (10,) for 1 sample(s), expected (1, 10)' in next(
        iter(found.values())
    )


class _Net(BaseModule):
    def __init__(self, in_features: int = 64) -> None:
        super().__init__()
        self.out_features = 8
        self.linear = nn.Linear(in_features, 8)

    def forward(self, inputs):
        return (self.linear(inputs.flatten(1)).tanh(),)


class MeanNet(_Net):
    """Uses the mean of the batch, so that a sample depends on the others."""

    def forward(self, inputs):
        (features,) = super().forward(inputs)
        return (features - features.mean(0),)


class DetachedNet(_Net):
    """Has a state that is in no parameter."""

    def __init__(self, in_features: int = 64) -> None:
        super().__init__(in_features)
        self.scale = [self.linear.weight.detach().clone()]

    def forward(self, inputs):
        (features,) = super().forward(inputs)
        return (features + inputs.flatten(1) @ self.scale[0].T,)


class InfiniteNet(_Net):
    """Divides by zero."""

    def forward(self, inputs):
        (features,) = super().forward(inputs)
        return (features / 0,)


class BrokenNet(_Net):
    """Cannot be built."""

    def __init__(self, in_features: int = 64) -> None:
        raise OSError('no such weights')


@pytest.mark.parametrize(
    ('net', 'stage', 'reason'),
    [
        (MeanNet, 'batch of one, odd tail', 'MeanNet returns something else for a sample'),
        (DetachedNet, 'save and load', 'DetachedNet returns something else after loading'),
        (InfiniteNet, 'one step', 'loss'),
    ],
)
def test_defect_fails_its_stage(net, stage, reason):
    MODELS.register_module(module=net)
    assert reason in failures(net.__name__)[stage]


def test_module_that_takes_no_image_is_refused():
    MODELS.register_module(module=BrokenNet)
    with pytest.raises(UserError, match=r'BrokenNet takes no image of the usual shapes.*no such'):
        failures('BrokenNet')


def test_config_with_a_mistake_fails_the_first_stage_alone(tmp_path):
    file = tmp_path / 'wrong.py'
    file.write_text(f"_base_ = ['{CONFIGS}/mlp/mlp_xor.py']\nmodel = dict(type='Clasifier')\n")
    (result,) = check_module(str(file))
    assert (result.stage, result.status) == ('builds', 'FAIL')
    assert "Did you mean 'Classifier'?" in result.reason


def test_arguments_for_a_config_are_refused():
    with pytest.raises(UserError, match='--args and --imports are for a module'):
        list(check_module('mlp/mlp_xor', {'dropout': 0.5}))


def test_missing_config_is_refused():
    with pytest.raises(UserError, match=r'There is no config at nowhere\.py\.$'):
        list(check_module('nowhere.py'))


@pytest.mark.slow
def test_module_of_the_user_passes_all_stages(tmp_path, monkeypatch):
    from mmlesson.apis.scaffold.new_module import new_module

    monkeypatch.chdir(tmp_path)
    new_module('backbone', 'WholeNet', Path())
    results = list(check_module('WholeNet', imports=['whole_net']))
    assert [result.status for result in results] == ['pass'] * len(STAGES)
