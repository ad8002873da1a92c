"""Many runs at a time, one of which takes its process with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from paths import CONFIGS

from mmlesson.apis.experiments.jobs import Job, job_config, known_outcome, train_job
from mmlesson.apis.experiments.workers import _set_threads, run_jobs

MOONS = CONFIGS / 'mlp/mlp_moons.py'
SHORT = {'train_cfg.max_epochs': 1}
DEADLY = """
import os, signal
from mmengine.hooks import Hook
from mmlesson.registry import HOOKS

@HOOKS.register_module()
class Deadly(Hook):
    def before_train(self, runner):
        if runner.seed == 1:
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def deadly(tmp_path, monkeypatch) -> Path:
    """Return a config whose run with seed 1 kills its own process."""
    (tmp_path / 'deadly_module.py').write_text(DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv('PYTHONPATH', str(tmp_path), prepend=':')
    config = tmp_path / 'deadly.py'
    config.write_text(
        f"_base_ = ['{MOONS}']\n"
        "custom_imports = dict(imports=['deadly_module'])\n"
        "custom_hooks = [dict(type='Deadly')]\n"
    )
    return config


@pytest.mark.usefixtures('forked_workers')
def test_dead_process_fails_only_its_run(deadly, tmp_path):
    jobs = [Job(deadly, tmp_path / 'runs', seed, SHORT) for seed in range(3)]
    found = {job.seed: summary for job, summary in run_jobs(jobs, 1)}
    assert {seed: one['status'] for seed, one in found.items()} == {
        0: 'completed',
        1: 'failed',
        2: 'completed',
    }
    assert found[1]['error'] == 'its process died: killed, or out of memory'


def test_finished_job_is_known_without_a_process(tmp_path, monkeypatch):
    job = Job(MOONS, tmp_path, 0, SHORT)
    summary = train_job(job)
    assert summary['status'] == 'completed'
    monkeypatch.setattr(
        'mmlesson.apis.experiments.workers._Lane.train', lambda *_: pytest.fail('trained')
    )
    ((_, again),) = run_jobs([job], 1)
    assert again == summary
    assert json.loads((Path(again['work_dir']) / 'summary.json').read_text())['seed'] == 0


def test_run_with_non_finite_loss_is_not_repeated(tmp_path):
    job = Job(MOONS, tmp_path, 0, {**SHORT, 'optim_wrapper.optimizer.lr': 1e38})
    failed = train_job(job)
    assert failed['status'] == 'failed'
    assert 'NonFinite' not in failed['error']
    known = known_outcome(Path(job_config(job).work_dir))
    assert known is not None
    assert known['stop']['reason'] == 'non_finite'


def test_run_that_failed_for_another_reason_is_repeated(tmp_path):
    wrong = Job(MOONS, tmp_path, 0, {**SHORT, 'model.backbone.dropout': 2})
    assert 'MLP.dropout must be' in train_job(wrong)['error']
    assert known_outcome(Path(job_config(wrong).work_dir)) is None


def test_job_with_an_unknown_option_fails_alone(tmp_path):
    jobs = [Job(tmp_path / 'nowhere.py', tmp_path, 0)]
    ((_, failed),) = run_jobs(jobs, 1)
    assert failed['status'] == 'failed'
    assert 'There is no config' in failed['error']


def test_changed_config_and_seed_have_their_own_folders(tmp_path):
    jobs = [Job(MOONS, tmp_path, seed, options) for seed in (0, 1) for options in ({}, SHORT)]
    folders = {job_config(job).work_dir for job in jobs}
    assert len(folders) == 4
    assert {Path(folder).name.split('-')[0] for folder in folders} == {'seed_0', 'seed_1'}


@pytest.mark.parametrize(('environment', 'chosen'), [(None, [3]), ('2', [])])
def test_share_of_the_cores_gives_way_to_the_environment(monkeypatch, environment, chosen):
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    if environment is not None:
        monkeypatch.setenv('OMP_NUM_THREADS', environment)
    numbers: list[int] = []
    monkeypatch.setattr(torch, 'set_num_threads', numbers.append)
    _set_threads(3)
    assert numbers == chosen
