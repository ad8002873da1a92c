"""Checks of configs."""

from __future__ import annotations

import pytest

from mmlesson.apis.analysis import config_check
from mmlesson.apis.analysis.config_check import check_config
from mmlesson.config import ConfigError


@pytest.fixture
def no_run(monkeypatch):
    def refuse(_):
        raise AssertionError('nothing must be built')

    monkeypatch.setattr(config_check, 'dry_run', refuse)


def test_config_without_a_mistake_is_trained_on_a_few_batches():
    report = check_config('mlp/mlp_xor', device='cpu')
    assert report.startswith('mlp/mlp_xor: no mistake in the config\n')
    assert 'No files were kept' in report


def test_nothing_is_built_if_only_the_config_is_to_be_read(no_run):
    assert check_config('mlp/mlp_xor', run=False) == 'mlp/mlp_xor: no mistake in the config'


def test_all_mistakes_are_reported_before_anything_is_built(no_run):
    options = ['+model.backbone.hiden=3', '+train_cfg.epochs=1']
    with pytest.raises(ConfigError, match=r'2 mistakes .*') as raised:
        check_config('mlp/mlp_xor', options)
    assert 'hiden' in str(raised.value)
    assert 'train_cfg.epochs' in str(raised.value)
