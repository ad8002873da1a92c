from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlesson.apis.inference.abstention import abstain, read_threshold
from mmlesson.apis.run_result import RunResult
from mmlesson.datasets.toy import Moons
from mmlesson.errors import RunError, UserError


@pytest.fixture
def run(train, tmp_path):
    train('mlp/mlp_moons.py', train_cfg__max_epochs=5)
    return RunResult(tmp_path / 'run')


def scores_of(run, split: str):
    """Return confidence and correctness of a split, sample by sample."""
    dataset = run.config.config[f'{split}_dataloader'].dataset
    moons = Moons(**{key: value for key, value in dataset.items() if key != 'type'})
    samples = [moons[i] for i in range(len(moons))]
    inputs = torch.stack([torch.as_tensor(sample['inputs']) for sample in samples])
    with torch.no_grad():
        outputs = run.model.test_step({'inputs': inputs})
    confidences = np.array([float(output['pred_score'].max()) for output in outputs])
    guesses = np.array([int(output['pred_score'].argmax()) for output in outputs])
    labels = np.array([int(sample['labels']) for sample in samples])
    return confidences, guesses == labels


def test_automatic_threshold_reaches_the_accuracy_on_validation_and_is_the_lowest(run):
    confidences, correct = scores_of(run, 'val')
    found = read_threshold('auto:95', run)
    assert correct[confidences >= found.value - 1e-6].mean() >= 0.95
    lower = np.unique(confidences[confidences < found.value - 1e-6])
    assert all(correct[confidences >= value].mean() < 0.95 for value in lower)
    assert 'of the samples' in found.source


@pytest.mark.parametrize('asked', ['often', '1.5', '-0.1', 'auto:101', 'auto:x', 'nan'])
def test_other_forms_are_refused(run, asked):
    with pytest.raises(UserError, match=r"min-confidence must be .*, got '"):
        read_threshold(asked, run)


def test_number_is_taken_as_it_is(run):
    assert read_threshold('0.9', run).value == 0.9


def test_exported_model_takes_a_number_only():
    assert read_threshold('0.9', None).value == 0.9
    with pytest.raises(UserError, match='auto needs the folder of a run'):
        read_threshold('auto', None)


def test_accuracy_that_no_threshold_reaches_is_reported(run, monkeypatch):
    name = 'mmlesson.evaluation.calibration.confidence_threshold'
    monkeypatch.setattr(name, lambda *_: None)
    with pytest.raises(RunError, match=r'No confidence makes 99 % .* auto:90'):
        read_threshold('auto', run)


def test_predictions_below_the_threshold_are_unknown():
    given = [
        {'source': 'a', 'pred_label': 1, 'pred_class': 'one', 'pred_score': 0.9},
        {'source': 'b', 'pred_label': 0, 'pred_class': 'none', 'pred_score': 0.6},
    ]
    sure, unsure = abstain(given, 0.9)
    assert sure == given[0]
    assert (unsure['pred_label'], unsure['pred_class']) == (-1, 'unknown')
    assert unsure['pred_score'] == 0.6


@pytest.mark.parametrize('asked', ['auto', 0.5])
def test_perceptron_is_refused(train, tmp_path, asked):
    train('perceptron/perceptron_blobs.py')
    with pytest.raises(UserError, match='needs a model with probabilities'):
        RunResult(tmp_path / 'run').predict(np.zeros((1, 2), np.float32), min_confidence=asked)


def test_run_says_unknown_where_it_is_not_sure(run):
    inputs = np.linspace(-2, 2, 40, dtype=np.float32).reshape(20, 2)
    middle = float(np.median(run.predict(inputs)['pred_score']))
    frame = run.predict(inputs, min_confidence=middle)
    assert ((frame['pred_class'] == 'unknown') == (frame['pred_score'] < middle)).all()
    assert 0 < (frame['pred_label'] == -1).sum() < 20
