"""A short run of the digits, for export."""

import pytest
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.engine.build import build_runner


@pytest.fixture(scope='package')
def run(tmp_path_factory):
    config = load_config(CONFIGS / 'mlp' / 'mlp_digits.py')
    folder = tmp_path_factory.mktemp('export') / 'run'
    silent = {'type': 'VisualizationHook', 'figures': [], 'films': []}
    config.merge_from_dict(
        {
            'work_dir': str(folder),
            'device': 'cpu',
            'log_level': 'WARNING',
            'train_cfg.max_epochs': 1,
            'default_hooks.visualization': silent,
        }
    )
    build_runner(config).train()
    return folder
