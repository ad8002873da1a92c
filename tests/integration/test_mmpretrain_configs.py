"""mmpretrain's own configs: they load by name, and nothing is found in those that are sound."""

from __future__ import annotations

import pytest

from mmlesson.config import LoadedConfig, load_config
from mmlesson.errors import UserError

SOUND = [
    'resnet/resnet18_8xb16_cifar10.py',
    'resnet/resnet50_8xb16-mixup_cifar10.py',
    'resnet/resnet50_8xb32-fp16_in1k.py',
    'vgg/vgg16_8xb32_in1k.py',
    'mobilenet_v2/mobilenet-v2_8xb32_in1k.py',
    'vision_transformer/vit-base-p16_64xb64_in1k.py',
    'swin_transformer/swin-tiny_16xb64_in1k.py',
    'convnext/convnext-tiny_32xb128_in1k.py',
    'deit/deit-small_4xb256_in1k.py',
    'efficientnet/efficientnet-b0_8xb32_in1k.py',
    'shufflenet_v2/shufflenet-v2-1x_16xb64_in1k.py',
    'densenet/densenet121_4xb256_in1k.py',
]


@pytest.mark.parametrize('name', SOUND)
def test_sound_config_of_mmpretrain_has_no_finding(name):
    assert LoadedConfig.open(f'mmpretrain::{name}').issues() == []


def test_known_oddity_of_mmpretrain_is_a_warning(tmp_path):
    config = LoadedConfig.open('mmpretrain::lenet/lenet5_mnist.py').require_valid()
    found = config.warnings()
    assert [one.path for one in found] == ['param_scheduler.milestones']
    assert found[0].message == '15 are never reached: training ends after 5 epochs.'
    own = tmp_path / 'own.py'
    own.write_text(
        "_base_ = ['mmpretrain::lenet/lenet5_mnist.py']\nparam_scheduler = dict(milestones=[7])\n"
    )
    assert [issue.path for issue in LoadedConfig.open(own).issues()] == [
        'param_scheduler.milestones'
    ]


def test_mistake_made_to_a_config_of_mmpretrain_is_reported(tmp_path):
    lesson = tmp_path / 'lesson.py'
    lesson.write_text(
        "_base_ = ['mmpretrain::resnet/resnet18_8xb16_cifar10.py']\n"
        'model = dict(backbone=dict(dept=34), head=dict(num_classes=9))\n'
        "val_evaluator = dict(topk='1')\n"
    )
    assert [(one.path, one.message) for one in LoadedConfig.open(lesson).issues()] == [
        ('model.backbone.dept', "ResNet_CIFAR has no argument 'dept'. Did you mean 'depth'?"),
        ('val_evaluator.topk', "Accuracy.topk must be int or list of int, got '1'."),
        ('model.head.num_classes', 'has 9 classes, but CIFAR10 (train) has 10.'),
    ]


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('mmpretrain::resnet/resnet18_8xb16_cifar11.py', r'Did you mean .*resnet18_8xb16_cifar1'),
        ('no_such_package::a.py', "package 'no_such_package' is not installed"),
    ],
)
def test_config_that_a_package_does_not_have_is_reported(name, message):
    with pytest.raises(UserError, match=message):
        load_config(name)
