"""Distance of scores from a distribution, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from mmlesson.errors import UserError
from mmlesson.evaluation import ProbabilityMetric


def error_of(*scores):
    metric = ProbabilityMetric()
    metric.process(None, [{'pred_score': torch.tensor(score)} for score in scores])
    return metric.evaluate(len(scores))['probability/error']


@pytest.mark.parametrize(
    ('score', 'error'),
    [([0.25, 0.75], 0), ([-0.5, 1.5], 0.5), ([0.5, 0.25], 0.25), ([1.5, -0.25, -0.25], 0.5)],
)
def test_error_of_one_sample_by_hand(score, error):
    assert error_of(score) == error


def test_worst_sample_counts_and_nan_is_kept():
    assert error_of([0.5, 0.5], [0.5, 0.25], [1.0, 0.0]) == 0.25
    assert math.isnan(error_of([0.5, 0.5], [float('nan'), 0.5], [1.0, 0.0]))


def test_softmax_is_within_rounding():
    torch.manual_seed(0)
    assert error_of(*(torch.randn(200, 10) * 20).softmax(1).tolist()) < 1e-6


def test_no_samples_are_refused():
    with pytest.raises(UserError, match='needs at least one sample, got none'):
        ProbabilityMetric().compute_metrics([])
