"""Number of features of a backbone against its definition."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmlesson.errors import ArgumentError
from mmlesson.models import Classifier
from mmlesson.models.feature_width import image_channels
from mmlesson.registry import MODELS

OURS = {'type': 'mmlesson.ClassificationHead', 'num_classes': 3}


@MODELS.register_module()
def given_backbone(module):
    return module


def classifier(backbone, **options):
    """Return a classifier with our head on a module."""
    config = {'type': 'mmlesson.given_backbone', 'module': backbone}
    return Classifier(config, **{'head': OURS, **options})


class Maps(nn.Module):
    """Two feature maps, the last with six channels; normalised and with dropout."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
        self.last = nn.Conv2d(4, 6, 3)

    def forward(self, inputs):
        first = self.first(inputs)
        return first, self.last(first)


class Flat(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 2, 3), nn.Flatten())


def test_head_gets_the_mean_of_each_map():
    backbone = Maps()
    model = classifier(backbone).eval()
    assert model.head.linear.in_features == 6
    images = torch.rand(2, 3, 9, 7)
    by_hand = model.head.linear(backbone(images)[1].mean((2, 3)))
    torch.testing.assert_close(model(images), by_hand)


def test_measuring_leaves_no_trace():
    torch.manual_seed(0)
    untouched, seen = Maps(), torch.get_rng_state()
    backbone = Maps()
    torch.set_rng_state(seen)
    head = classifier(backbone, head={**OURS, 'in_features': 6}).head
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    torch.set_rng_state(seen)
    measured = classifier(backbone)
    assert torch.equal(measured.head.linear.weight, head.linear.weight)
    assert all(module.training for module in backbone.modules())
    assert all(torch.equal(before[key], value) for key, value in backbone.state_dict().items())
    assert untouched.state_dict().keys() == before.keys()


def test_grey_images_fill_three_channels():
    model = classifier(Maps()).eval()
    grey = torch.rand(2, 1, 9, 9)
    torch.testing.assert_close(model(grey), model(grey.repeat(1, 3, 1, 1)))
    assert image_channels(model.backbone) == 3


def test_vectors_are_measured_too():
    backbone = nn.Sequential(nn.Linear(5, 7), nn.ReLU())
    assert classifier(backbone).head.linear.in_features == 7
    assert image_channels(backbone) is None


def test_neck_is_part_of_the_measurement_and_theirs_gets_its_channels():
    head = {'type': 'mmpretrain.LinearClsHead', 'num_classes': 3}
    neck = {'type': 'mmpretrain.GlobalAveragePooling'}
    resnet = {'type': 'mmpretrain.ResNet_CIFAR', 'depth': 18, 'base_channels': 8}
    resnet['stem_channels'] = 8
    assert Classifier(resnet, neck, head).head.fc.in_features == 64
    assert Classifier(resnet, head=head).head.fc.in_features == 64


def test_transformer_is_measured_at_its_own_size():
    vit = {'type': 'mmpretrain.VisionTransformer', 'img_size': 48, 'patch_size': 16}
    vit['arch'] = {
        'embed_dims': 24,
        'num_layers': 1,
        'num_heads': 2,
        'feedforward_channels': 8,
    }
    assert Classifier(vit, head=OURS).head.linear.in_features == 24


@pytest.mark.parametrize(
    ('backbone', 'message'),
    [
        (Flat(), 'Flat depends on the size of the image: 1800 and 7688. Set it: in_features'),
        (nn.Identity(), 'Identity could not be measured'),
        (nn.Sequential(nn.Conv2d(1, 2, 400)), r'It refused \(1, 32, 32\): '),
        (nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(2)), 'its output is no tensor'),
    ],
)
def test_width_that_is_not_known_is_asked_for(backbone, message):
    with pytest.raises(ArgumentError, match=message):
        classifier(backbone)
