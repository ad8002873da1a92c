"""Trackers on local files: a run, killed after an epoch and resumed, is one record."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from mmlesson.errors import UserError
from mmlesson.visualization import trackers

IMAGE = np.full((4, 6, 3), 200, np.uint8)


def record(kind, work_dir: Path, steps, start: str, **options):
    """Record steps as one start of a run does."""
    backend = kind(str(work_dir / start / 'vis_data'), **options)
    backend.add_config(Config({'lr': 0.1}))
    for step in steps:
        backend.add_scalars({'val/loss': 1 / step, 'epoch': step}, step)
    backend.add_image('curves', IMAGE, step)
    backend.close()


@pytest.fixture
def work_dir(tmp_path):
    folder = tmp_path / 'run'
    folder.mkdir()
    return folder


def test_tensorboard_shows_one_run_and_hides_what_came_after_the_checkpoint(work_dir):
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    record(trackers.TensorBoardBackend, work_dir, [1, 2, 3], 'a')
    record(trackers.TensorBoardBackend, work_dir, [3, 4], 'b')
    events = EventAccumulator(str(work_dir / 'tensorboard'))
    events.Reload()
    points = [(event.step, round(event.value, 6)) for event in events.Scalars('val/loss')]
    assert points == [(step, round(1 / step, 6)) for step in (1, 2, 3, 4)]
    assert (events.Images('curves')[0].width, events.Images('curves')[0].height) == (6, 4)


def test_mlflow_continues_the_same_run(work_dir, monkeypatch):
    pytest.importorskip('mlflow')
    monkeypatch.setenv('MLFLOW_ALLOW_FILE_STORE', 'true')
    from mlflow import MlflowClient

    record(trackers.MLflowBackend, work_dir, [1, 2], 'a')
    record(trackers.MLflowBackend, work_dir, [3], 'b')
    client = MlflowClient((work_dir / 'mlruns').as_uri())
    experiment = client.get_experiment_by_name('mmlesson')
    (run,) = client.search_runs([experiment.experiment_id])
    history = client.get_metric_history(run.info.run_id, 'val/loss')
    assert [(metric.step, metric.value) for metric in history] == [(1, 1), (2, 0.5), (3, 1 / 3)]
    assert (run.info.run_name, run.info.status) == ('run', 'FINISHED')
    assert json.loads((work_dir / 'trackers.json').read_text()) == {
        'mlflow-skinny': run.info.run_id
    }


def test_mlflow_records_runs_of_two_folders_in_one_store(tmp_path, monkeypatch):
    pytest.importorskip('mlflow')
    monkeypatch.setenv('MLFLOW_ALLOW_FILE_STORE', 'true')
    from mlflow import MlflowClient

    store = str(tmp_path / 'store')
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
        record(trackers.MLflowBackend, tmp_path / name, [1], 'a', tracking_uri=store)
    client = MlflowClient(Path(store).as_uri())
    runs = client.search_runs([client.get_experiment_by_name('mmlesson').experiment_id])
    assert {run.info.run_name for run in runs} == {'one', 'two'}


def test_trackio_continues_the_same_run(work_dir, monkeypatch, tmp_path):
    pytest.importorskip('trackio')
    from trackio import sqlite_storage, utils

    for module in (utils, sqlite_storage):
        if hasattr(module, 'TRACKIO_DIR'):
            monkeypatch.setattr(module, 'TRACKIO_DIR', tmp_path / 'store')
    record(trackers.TrackioBackend, work_dir, [1, 2], 'a', project='lesson')
    record(trackers.TrackioBackend, work_dir, [3], 'b', project='lesson')
    (name,) = sqlite_storage.SQLiteStorage.get_runs('lesson')
    logs = sqlite_storage.SQLiteStorage.get_logs('lesson', name)
    points = [(log['step'], log['val/loss']) for log in logs if 'val/loss' in log]
    assert points == [(1, 1), (2, 0.5), (3, 1 / 3)]
    assert name.startswith('run-')


def test_nothing_is_written_before_the_first_value(work_dir):
    backend = trackers.TensorBoardBackend(str(work_dir / 'a' / 'vis_data'))
    backend.add_config(Config({'lr': 0.1}))
    backend.close()
    assert list(work_dir.iterdir()) == []


def test_missing_package_is_reported_with_its_install_command(work_dir, monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'mlflow', None)
    backend = trackers.MLflowBackend(str(work_dir / 'a' / 'vis_data'))
    with pytest.raises(UserError, match='pip install mlflow-skinny'):
        backend.add_scalar('loss', 1.0, 1)


def test_damaged_file_of_identifiers_is_refused(work_dir):
    (work_dir / 'trackers.json').write_text('{')
    backend = trackers.MLflowBackend(str(work_dir / 'a' / 'vis_data'))
    with pytest.raises(UserError, match='is damaged'):
        backend._identifier()


def test_resumed_training_continues_the_record(build):
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    backends = [{'type': 'LocalVisBackend'}, {'type': 'TensorBoardBackend'}]
    for epochs, resume in ((1, False), (2, True)):
        options = {'visualizer__vis_backends': backends, 'train_cfg__max_epochs': epochs}
        runner = build('mlp/mlp_xor.py', resume=resume, **options)
        runner.train()
    events = EventAccumulator(str(Path(runner.work_dir) / 'tensorboard'))
    events.Reload()
    epochs = [event.value for event in events.Scalars('epoch')]
    assert set(epochs) == {1, 2}
    assert len(events.Scalars('val/loss')) == 2


def test_image_after_the_end_is_added_and_hides_nothing(work_dir):
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    backend = trackers.TensorBoardBackend(str(work_dir / 'a' / 'vis_data'))
    backend.add_scalars({'loss': 1.0}, 5)
    backend.close()
    backend.add_image('late', IMAGE, 5)
    backend.close()
    events = EventAccumulator(str(work_dir / 'tensorboard'))
    events.Reload()
    assert [event.step for event in events.Scalars('loss')] == [5]
    assert len(events.Images('late')) == 1
