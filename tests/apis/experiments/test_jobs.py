"""Jobs: their configs and folders, and the results that are known already."""

from __future__ import annotations

import json

import pytest
from paths import CONFIGS

from mmlesson.apis.experiments.jobs import Job, job_config, known_outcome, note_oddities, train_job
from mmlesson.runs.work_dir import locked

XOR = CONFIGS / 'mlp/mlp_xor.py'


def test_folder_differs_by_seed_and_config(tmp_path):
    options = [{}, {'optim_wrapper.optimizer.lr': 0.5}]
    folders = {
        job_config(Job(XOR, tmp_path, seed, some)).work_dir for seed in (0, 1) for some in options
    }
    assert len(folders) == 4
    assert all(folder.startswith(str(tmp_path / 'seed_')) for folder in folders)


def test_seed_is_that_of_the_job(tmp_path):
    assert job_config(Job(XOR, tmp_path, 7)).randomness.seed == 7


NON_FINITE = {'reason': 'non_finite', 'message': 'loss is nan', 'epoch': 1}


@pytest.mark.parametrize(
    ('summary', 'known'),
    [
        ({'status': 'completed'}, True),
        ({'status': 'early_stopped'}, True),
        ({'status': 'failed', 'stop': NON_FINITE}, True),
        ({'status': 'failed', 'stop': None}, False),
        ({'status': 'interrupted'}, False),
    ],
)
def test_outcome_is_known_if_training_again_would_not_change_it(tmp_path, summary, known):
    (tmp_path / 'summary.json').write_text(json.dumps(summary))
    assert (known_outcome(tmp_path) is not None) is known


def test_run_without_a_summary_is_not_known(tmp_path):
    assert known_outcome(tmp_path) is None


def test_mistake_in_an_option_fails_only_its_job(tmp_path):
    summary = train_job(Job(XOR, tmp_path, 0, {'train_cfg.max_epoch': 1}))
    assert summary['status'] == 'failed'
    assert "Did you mean 'train_cfg.max_epochs'?" in summary['error']


def test_job_of_another_process_is_not_trained(tmp_path):
    job = Job(XOR, tmp_path, 0)
    with locked(tmp_path / job_config(job).work_dir):
        assert 'is being trained by another process' in train_job(job)['error']


@pytest.mark.parametrize(
    'text',
    ['[]', '3', '{', '', '{"status": 3}', '{"status": "completed", "best": 3}', '\udcff'],
)
def test_damaged_summary_is_unknown_after_a_line(text, tmp_path, caplog):
    (tmp_path / 'summary.json').write_bytes(text.encode('utf-8', 'surrogateescape'))
    assert known_outcome(tmp_path) is None
    assert 'The result of the run is unknown' in caplog.text


def test_schedule_at_odds_with_the_length_of_training_is_noted_once(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('mmlesson.apis.experiments.jobs._noted', set())
    lesson = CONFIGS / 'mlp/mlp_digits.py'
    for seed in (0, 1):
        note_oddities(Job(lesson, tmp_path, seed, {'train_cfg.max_epochs': 7}))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('note: ')
    assert 'param_scheduler.T_max' in line
    assert 'but training at 7' in line
