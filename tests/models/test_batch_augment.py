"""Augmentation of batches: what moves where, and what is drawn from which generator."""

from __future__ import annotations

import pytest
import torch
from forked import run_forked

from mmlesson.errors import ArgumentError
from mmlesson.models.batch_augment import BatchAugment

ALL = [
    {'type': 'mmlesson.Affine', 'degrees': 10, 'pixels': 1, 'scale': (0.9, 1.1), 'shear': 5},
    {'type': 'mmlesson.Shift', 'pixels': 2},
    {'type': 'mmlesson.Rotation', 'degrees': 20},
    {'type': 'mmlesson.Flip'},
    {'type': 'mmlesson.Crop', 'padding': 2},
    {'type': 'mmlesson.Crop', 'padding': 2, 'p': 0.5},
    {'type': 'mmlesson.Erasing'},
    {'type': 'mmlesson.Elastic'},
]
NAMES = [f'{config["type"]} {config.get("p", "")}' for config in ALL]


def augmented(config, images, seed=0):
    torch.manual_seed(seed)
    return BatchAugment([config])(images)


def dots(count=64, side=9):
    """Return images with one bright pixel in the middle, (N, 1, side, side)."""
    images = torch.zeros(count, 1, side, side)
    images[:, :, side // 2, side // 2] = 1.0
    return images


@pytest.mark.parametrize('config', ALL, ids=NAMES)
def test_each_image_is_changed_on_its_own_and_by_the_seed(config):
    images = torch.rand(32, 3, 8, 12).round(decimals=1)[:1].repeat(32, 1, 1, 1)
    out = augmented(config, images)
    assert out.shape == images.shape
    assert out.dtype == torch.float32
    assert len(out.flatten(1).unique(dim=0)) > 1
    assert torch.equal(augmented(config, images), out)
    assert not torch.equal(augmented(config, images, seed=1), out)


@pytest.mark.parametrize('config', ALL, ids=NAMES)
def test_probability_zero_changes_nothing(config):
    images = torch.rand(4, 1, 8, 8)
    assert torch.equal(augmented({**config, 'p': 0.0}, images), images)


def test_shift_moves_at_most_its_pixels_in_all_directions():
    out = augmented({'type': 'mmlesson.Shift', 'pixels': 2}, dots(400))
    axis = torch.arange(9.0) - 4
    rows = (out.sum(3)[:, 0] * axis).sum(1)
    assert 1.8 < float(rows.max()) <= 2.0 + 1e-4
    assert -1.8 > float(rows.min()) >= -2.0 - 1e-4
    torch.testing.assert_close(out.sum((1, 2, 3)), torch.ones(400))


def test_pixels_are_those_of_each_axis_of_a_wide_image():
    images = torch.zeros(300, 1, 9, 33)
    images[:, :, 4, 16] = 1.0
    out = augmented({'type': 'mmlesson.Shift', 'pixels': 2}, images)
    columns = (out.sum(2)[:, 0] * (torch.arange(33.0) - 16)).sum(1)
    assert 1.8 < float(columns.max()) <= 2.0 + 1e-4


def test_crop_moves_by_whole_pixels():
    out = augmented({'type': 'mmlesson.Crop', 'padding': 1}, dots(200))
    assert set(out.unique().tolist()) == {0.0, 1.0}
    places = out.flatten(1).argmax(1)
    assert set(places.tolist()) == {9 * (4 + i) + 4 + j for i in (-1, 0, 1) for j in (-1, 0, 1)}


def test_flip_is_a_mirror_image():
    images = torch.rand(2, 3, 4, 5)
    assert torch.equal(augmented({'type': 'mmlesson.Flip', 'p': 1.0}, images), images.flip(-1))
    upright = {'type': 'mmlesson.Flip', 'p': 1.0, 'horizontal': False}
    assert torch.equal(augmented(upright, images), images.flip(-2))


def test_rotation_keeps_the_centre_and_turns_the_rest():
    images = dots(50)
    torch.testing.assert_close(
        augmented({'type': 'mmlesson.Rotation', 'degrees': 90}, images)[:, 0, 4, 4], torch.ones(50)
    )


def test_erased_area_is_a_rectangle_of_zeros_within_its_bounds():
    erasing = {'type': 'mmlesson.Erasing', 'p': 1.0, 'scale': (0.1, 0.3), 'ratio': (0.9, 1.1)}
    out = augmented(erasing, torch.ones(100, 1, 30, 30))
    share = (out == 0).float().mean((1, 2, 3))
    assert 0.08 < float(share.min()) < float(share.max()) < 0.32


def test_typical_displacement_of_elastic_is_its_pixels():
    ramp = torch.arange(64.0).expand(20, 1, 64, 64).contiguous()
    out = augmented({'type': 'mmlesson.Elastic', 'pixels': 3.0, 'sigma': 3.0}, ramp)
    moved = (out - ramp)[:, 0, 16:48, 16:48]
    assert float(moved.std()) == pytest.approx(1.5, rel=0.1)


def test_autocast_does_not_lower_the_precision():
    images = torch.rand(8, 1, 8, 8)
    whole = augmented(ALL[0], images)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(augmented(ALL[0], images), whole)


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        ({'type': 'mmlesson.Shift', 'pixels': -1}, r'Shift\.pixels must be a number in \[0'),
        ({'type': 'mmlesson.Rotation', 'degrees': 200}, r'Rotation\.degrees must be a number'),
        ({'type': 'mmlesson.Flip', 'p': 2}, r'Flip\.p must be a number in \[0, 1\]'),
        ({'type': 'mmlesson.Flip', 'horizontal': 'yes'}, r'Flip\.horizontal must be True or False'),
        ({'type': 'mmlesson.Crop', 'padding': 0}, r'Crop\.padding must be an int >= 1'),
        ({'type': 'mmlesson.Erasing', 'scale': (0.5, 0.1)}, r'Erasing\.scale must be \(smallest'),
        ({'type': 'mmlesson.Elastic', 'sigma': 0}, r'Elastic\.sigma must be a number in \[0\.1'),
        ({'type': 'mmlesson.CNN'}, 'must be a list of augmentations .* got CNN'),
    ],
)
def test_wrong_argument_is_named(config, message):
    with pytest.raises(ArgumentError, match=message):
        BatchAugment([config])


@pytest.mark.parametrize(
    ('inputs', 'message'),
    [
        (torch.zeros(4, 8), r'needs images \(N, C, H, W\), got shape \(4, 8\)'),
        (torch.zeros(4, 1, 2, 8), 'must be at most the size of the images, 2 x 8, got 3'),
    ],
)
def test_inputs_that_are_no_such_images_are_refused(inputs, message):
    with pytest.raises(ArgumentError, match=message):
        BatchAugment([{'type': 'mmlesson.Shift', 'pixels': 3}])(inputs)


def test_kornia_is_imported_with_the_first_batch_only(tmp_path):
    script = tmp_path / 'script.py'
    script.write_text(
        'import sys; from mmlesson.models import LessonPreprocessor as P;'
        "P(augment=[dict(type='mmlesson.Flip')]); print('kornia' in sys.modules)"
    )
    done = run_forked(script)
    assert done.stdout.strip() == 'False'
