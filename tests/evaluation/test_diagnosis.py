"""The verdict as a table of curves drawn by hand."""

from __future__ import annotations

import math

import pytest
import torch

from mmlesson.errors import UserError
from mmlesson.evaluation import ProbabilityMetric
from mmlesson.evaluation.diagnosis import diagnose

DOWN = [1.5, 1.0, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01]


@pytest.mark.parametrize(
    ('train', 'val', 'verdict'),
    [
        (DOWN, [1.5, 1.1, 0.8, 0.7, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4], 'overfit'),
        (DOWN, [1.5, 1.1, 0.8, 0.6, 0.5, 0.4, 0.35, 0.32, 0.31, 0.31], 'good'),
        ([0.70] * 10, [0.71] * 10, 'underfit'),
        # near zero a step up is large only in relation
        (DOWN, [1.5, 1.0, 0.6, 0.4, 0.3, 0.1, 0.01, 0.005, 0.008, 0.012], 'good'),
    ],
)
def test_verdict(train, val, verdict):
    judged = diagnose(train, val, num_classes=2)
    assert judged['verdict'] == verdict
    assert judged['try_next']
    assert f'{val[-1]:.3g}' in judged['evidence']


def test_evidence_names_the_mean_of_the_last_tenth():
    evidence = diagnose([0.5] * 18 + [0.2, 0.4], [0.6] * 18 + [0.3, 0.5], 2)['evidence']
    means = 'training loss 0.3, validation loss 0.4 (means of the last 2 validations; lowest: 0.3)'
    assert evidence.startswith(means)


def test_no_diagnosis_for_two_epochs_or_nan():
    assert diagnose([1.0, 0.5], [1.0, 0.5], 2) is None
    assert diagnose([1.0, math.nan, 0.5], [1.0, 0.9, 0.5], 2) is None


@pytest.mark.parametrize(
    ('scores', 'error'),
    [([0.25, 0.75], 0.0), ([-0.1, 1.1], 0.1), ([0.5, 0.3], 0.2), ([1.5, -0.5], 0.5)],
)
def test_probability_error_is_the_worst_violation(scores, error):
    metric = ProbabilityMetric()
    metric.process({}, [{'pred_score': torch.tensor([0.5, 0.5])}])
    metric.process({}, [{'pred_score': torch.tensor(scores)}])
    assert metric.evaluate(size=2)['probability/error'] == pytest.approx(error, abs=1e-7)


def test_nan_probability_is_not_a_small_error():
    metric = ProbabilityMetric()
    for first in (0.5, math.nan, 0.5):
        metric.process({}, [{'pred_score': torch.tensor([first, 0.5])}])
    assert math.isnan(metric.evaluate(size=3)['probability/error'])


def test_probability_error_without_samples_is_refused():
    with pytest.raises(UserError, match='at least one sample'):
        ProbabilityMetric().compute_metrics([])
