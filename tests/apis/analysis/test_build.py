"""Model, training batch and silent runner of a config."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch
from paths import CONFIGS
from sklearn.datasets import load_digits

from mmlesson.apis.analysis.build import (
    build_model,
    build_silent_runner,
    scratch_folder,
    training_batch,
)
from mmlesson.config import load_config
from mmlesson.datasets import Digits
from mmlesson.errors import UserError


def test_seed_of_the_config_determines_the_weights():
    configs = [
        load_config(CONFIGS / 'mlp/mlp_xor.py', {'randomness.seed': seed}) for seed in (3, 3, 4)
    ]
    one, same, other = (next(build_model(config).parameters()) for config in configs)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_config_without_a_model_is_refused():
    with pytest.raises(UserError, match='has no model'):
        build_model(load_config(CONFIGS / 'mlp/mlp_xor.py', {'model': None}))


def test_batch_is_standardised_with_the_training_split():
    config = load_config(CONFIGS / 'cnn/cnn_digits.py')
    batch = training_batch(config, build_model(config), 5)
    pixels = load_digits().images[Digits().splits['train'].indices] / 16
    restored = batch['inputs'][:, 0].double() * pixels.std() + pixels.mean()
    known = {tuple(image.round(4).ravel()) for image in pixels}
    assert restored.shape == (5, 8, 8)
    assert all(tuple(image.numpy().round(4).ravel()) in known for image in restored)


def test_config_without_training_data_is_refused():
    config = load_config(CONFIGS / 'mlp/mlp_xor.py', {'train_dataloader': None})
    with pytest.raises(UserError, match='has no train_dataloader'):
        training_batch(config, torch.nn.Identity(), 1)


def test_scratch_folder_is_removed_after_an_error_too():
    with suppress(ValueError), scratch_folder() as folder:
        (folder / 'file').write_text('x')
        raise ValueError
    assert not folder.exists()


def test_silent_runner_writes_no_checkpoint_figure_or_test_result(tmp_path):
    config = load_config(CONFIGS / 'mlp/mlp_xor.py', {'train_cfg.max_epochs': 1, 'device': 'cpu'})
    runner = build_silent_runner(config, tmp_path / 'run')
    runner.train()
    assert not list((tmp_path / 'run').rglob('*.pth'))
    assert not list((tmp_path / 'run').rglob('*.png'))
