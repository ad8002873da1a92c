from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from mmlesson.apis.run_result import RunResult
from mmlesson.errors import ArgumentError, UserError
from mmlesson.tasks import DETECTION

POINTS = np.array([[1.0, 1.0], [-1.0, 1.0], [0.5, -0.5]], dtype=np.float32)


@pytest.fixture
def run(train, tmp_path):
    train('mlp/mlp_xor.py', train_cfg__max_epochs=2)
    return RunResult(tmp_path / 'run')


def test_curves_hold_the_recorded_scalars(run):
    (file,) = run.folder.glob('*/vis_data/scalars.json')
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    recorded = {
        (line['epoch'], split): line[f'{split}/loss']
        for line in lines
        for split in ('train', 'val')
        if f'{split}/loss' in line
    }
    assert list(run.curves.columns[:2]) == ['step', 'split']
    found = {(row.step, row.split): row.loss for row in run.curves.itertuples()}
    assert found == recorded
    assert sorted(found) == [(1, 'train'), (1, 'val'), (2, 'train'), (2, 'val')]


def test_predictions_are_the_softmax_of_the_model(run):
    frame = run.predict(POINTS)
    with torch.no_grad():
        samples = run.model.test_step({'inputs': torch.from_numpy(POINTS)})
    assert frame['pred_label'].tolist() == [int(s['pred_score'].argmax()) for s in samples]
    names = [name for name in frame.columns if name.startswith('score_')]
    np.testing.assert_allclose(frame[names].sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(frame['pred_score'], frame[names].max(axis=1))
    assert frame.attrs['failed'] == []


def test_model_has_the_tested_weights(run):
    checkpoint = torch.load(run.checkpoint_to_apply, weights_only=True)['state_dict']
    state = run.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in checkpoint.items())
    assert not run.model.training


def test_missing_file_is_listed_as_failed(run, caplog):
    frame = run.predict(['nowhere.csv', POINTS])
    assert [failure['source'] for failure in frame.attrs['failed']] == ['nowhere.csv']
    assert len(frame) == 3
    assert 'nowhere.csv' in caplog.text


def test_figure_is_shown_in_a_notebook_without_pyplot(run):
    figure = run.figure('decision_regions')
    assert figure._repr_png_().startswith(b'\x89PNG')
    assert 'mlp_xor' in figure.get_suptitle()


def test_figure_keeps_random_states(run):
    torch.manual_seed(5)
    expected = torch.rand(1).item()
    torch.manual_seed(5)
    run.figure('learning_curves')
    assert torch.rand(1).item() == expected


def test_unknown_figure_is_refused_with_the_nearest_name(run):
    with pytest.raises(ArgumentError, match="Did you mean 'decision_regions'"):
        run.figure('decision_region')


def test_figure_that_does_not_apply_is_refused_with_the_reason(run):
    with pytest.raises(UserError, match='it needs images'):
        run.figure('mistakes')


def test_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(UserError, match='must be the folder of a run'):
        RunResult(tmp_path / 'nowhere')


def test_repr_names_folder_status_and_result(run):
    assert repr(run).startswith(f'<run {run.folder}: completed, test ')


def test_repr_of_an_empty_folder_raises_nothing(tmp_path):
    assert repr(RunResult(tmp_path)) == f'<run {tmp_path}: no summary>'


def test_predict_of_another_task_is_refused(run, monkeypatch):
    monkeypatch.setattr('mmlesson.apis.inference.inferencer.task_of', lambda model: DETECTION)
    with pytest.raises(UserError, match=r'predict returns classes, and .* is a run of detection'):
        run.predict(POINTS)
