"""Damaged or foreign side files never cost a reader its answer by a traceback."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from integration.damaged_files import DAMAGES, FILM, READERS, attack, failures, side_files
from paths import CONFIGS

from mmlesson.apis.analysis.report import report_page
from mmlesson.runs.run import Run

FILES = ('pointer', 'summary', 'scalars', 'path', 'frame')


@pytest.fixture(scope='module')
def whole(tmp_path_factory) -> Path:
    """Return the folder of a short run with frames of an animation."""
    from mmlesson.config import load_config
    from mmlesson.engine.build import build_runner
    from mmlesson.engine.hooks.visualization_hook import VisualizationHook

    folder = tmp_path_factory.mktemp('whole') / 'run'
    config = load_config(CONFIGS / 'mlp/mlp_moons.py')
    films = {'type': 'VisualizationHook', 'figures': [], 'films': [FILM]}
    config.merge_from_dict({'device': 'cpu', 'log_level': 'ERROR', 'work_dir': str(folder)})
    config.merge_from_dict({'train_cfg.max_epochs': 4, 'default_hooks.visualization': films})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VisualizationHook, '_draw_all', lambda *_: None)  # seconds, for nothing
        build_runner(config).train()
    return folder


@pytest.mark.parametrize('damage', DAMAGES)
@pytest.mark.parametrize('name', FILES)
def test_no_reader_ends_with_a_traceback(whole, tmp_path, name, damage):
    folder = tmp_path / 'run'
    shutil.copytree(whole, folder)
    DAMAGES[damage](side_files(folder)[name])
    assert failures(folder) == []


@pytest.mark.parametrize('damage', sorted({*DAMAGES} - {'missing', 'folder'}))
def test_damaged_summary_costs_no_report(whole, tmp_path, damage):
    folder = tmp_path / 'run'
    shutil.copytree(whole, folder)
    DAMAGES[damage](folder / 'summary.json')
    assert 'mlp_moons' in report_page(Run(folder))


@pytest.mark.parametrize('rounds', [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_readers_stand_random_damage(whole, tmp_path, rounds):
    rng = random.Random(0)
    for number in range(rounds):
        done, failed = attack(whole, tmp_path / 'run', rng)
        assert failed == [], f'{number}: {done}'


def test_whole_run_is_read_by_every_reader(whole):
    for read in READERS.values():
        assert read(whole) is not None
