"""Small configs for modules that are given by name."""

from __future__ import annotations

import pytest

from mmlesson.apis.module_check.default_config import config_of_module, find_module, shipped_with
from mmlesson.config import LoadedConfig
from mmlesson.errors import UserError


@pytest.mark.parametrize(
    ('name', 'kind'),
    [
        ('MLP', 'backbone'),
        ('BinaryHead', 'head'),
        ('mmpretrain.LabelSmoothLoss', 'loss'),
        ('Rotation', 'augmentation'),
        ('XOR', 'dataset'),
        ('LossMetric', 'metric'),
        ('EarlyStoppingHook', 'hook'),
        ('TensorBoardBackend', 'backend'),
    ],
)
def test_kind_of_a_name(name, kind):
    assert find_module(name)[0] == kind


def test_unknown_name_is_refused():
    with pytest.raises(UserError, match=r"Did you mean 'CNN'\? Name its module with --imports"):
        find_module('CNNN')


@pytest.mark.parametrize(
    ('name', 'config'), [('CNN', 'cnn_digits'), ('HingeLoss', 'loss_hinge'), ('MNIST', 'cnn_mnist')]
)
def test_shipped_config_without_a_download_is_preferred(name, config):
    assert shipped_with(name).stem.startswith(config)


def test_module_of_another_package_gets_a_config_of_its_own():
    text = config_of_module('mmpretrain.LabelSmoothLoss', {'label_smooth_val': 0.1})
    loss = "dict(type='mmpretrain.LabelSmoothLoss', label_smooth_val=0.1)"
    assert f'model = dict(head=dict(loss={loss}))' in text


@pytest.mark.parametrize('name', ['Crop', 'Elastic', 'Erasing', 'Flip', 'Rotation', 'Shift'])
def test_augmentation_is_checked_on_images_that_need_no_download(name, tmp_path):
    file = tmp_path / 'check.py'
    file.write_text(config_of_module(name, {}))
    loaded = LoadedConfig.open(file).require_valid()
    assert loaded.config.train_dataloader.dataset.type == 'Digits'
    assert [one.type for one in loaded.config.model.data_preprocessor.augment] == [name]


def test_argument_without_a_usual_value_is_asked_for():
    with pytest.raises(UserError, match=r'ResNet_CIFAR needs depth.*--args depth=VALUE'):
        config_of_module('mmpretrain.ResNet_CIFAR', {})
