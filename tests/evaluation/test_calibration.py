"""Calibration against sums by hand, in a plain loop, and for a closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from mmlesson.errors import ArgumentError, UserError
from mmlesson.evaluation import CalibrationMetric
from mmlesson.evaluation.calibration import confidence_threshold, reliability


def error_in_a_loop(confidences, correct, bins):
    """Equation 3 of Guo et al. (2017), bin by bin."""
    total = 0.0
    for b in range(1, bins + 1):
        inside = [
            i
            for i, p in enumerate(confidences)
            if (b - 1) / bins < p <= b / bins or (p == 0 and b == 1)
        ]
        if inside:
            accuracy = sum(bool(correct[i]) for i in inside) / len(inside)
            confidence = sum(confidences[i] for i in inside) / len(inside)
            total += len(inside) / len(confidences) * abs(accuracy - confidence)
    return total


@pytest.mark.parametrize('bins', [1, 10, 15])
def test_error_equals_the_sum_over_the_bins(bins):
    rng = np.random.default_rng(0)
    confidences, correct = rng.random(500), rng.random(500) < 0.7
    expected = error_in_a_loop(confidences, correct, bins)
    assert reliability(confidences, correct, bins).error == pytest.approx(expected, abs=1e-12)


def test_edge_belongs_to_the_lower_bin():
    assert reliability([0.0, 0.2, 0.21, 1.0], [1, 1, 1, 1], 5).counts.tolist() == [2, 1, 0, 0, 1]


def test_constant_confidence_has_the_gap_to_the_accuracy_as_error():
    assert reliability([0.9] * 10, [True] * 6 + [False] * 4).error == pytest.approx(0.3)


def test_calibrated_predictions_have_a_small_error():
    rng = np.random.default_rng(1)
    confidences = rng.uniform(0.1, 1, 200_000)
    assert reliability(confidences, rng.random(200_000) < confidences).error < 0.01


def test_bins_without_samples_have_no_accuracy():
    found = reliability([0.95, 0.9], [True, False], 10)
    assert found.counts.tolist() == [0] * 8 + [1, 1]
    assert math.isnan(found.accuracies[0])
    assert found.accuracies[8:].tolist() == [0, 1]


def test_metric_takes_the_largest_probability():
    metric = CalibrationMetric()
    scores, labels = [[0.8, 0.2], [0.3, 0.7], [0.6, 0.4]], [0, 1, 1]
    metric.process(
        None,
        [
            {'pred_score': torch.tensor(score), 'gt_label': torch.tensor([label])}
            for score, label in zip(scores, labels, strict=True)
        ],
    )
    # One sample in each bin: |1 - 0.8|, |1 - 0.7| and |0 - 0.6|.
    assert metric.evaluate(3)['calibration/error'] == pytest.approx((0.2 + 0.3 + 0.6) / 3)


@pytest.mark.parametrize(
    ('accuracy', 'threshold'), [(1.0, 0.9), (0.75, 0.6), (0.7, 0.6), (0.66, 0.4), (0.0, 0.4)]
)
def test_threshold_is_the_lowest_that_is_accurate_enough(accuracy, threshold):
    confidences = [0.5, 0.9, 0.4, 0.6, 0.95, 0.8]
    correct = [False, True, True, True, True, False]
    # In order: 0.95 and 0.9 right, 0.8 wrong, 0.6 right, 0.5 wrong, 0.4 right.
    # Shares of right answers: 1, 1, 2/3, 3/4, 3/5, 4/6.
    assert confidence_threshold(confidences, correct, accuracy) == threshold


def test_equal_confidences_are_answered_together():
    assert confidence_threshold([0.9, 0.9, 0.8], [True, False, False], 0.9) is None
    assert confidence_threshold([0.9, 0.9, 0.8], [True, False, True], 0.6) == 0.8


@pytest.mark.parametrize('confidences', [[], [0.5, 0.5], [1.5], [float('nan')]])
def test_values_that_are_no_probabilities_are_refused(confidences):
    with pytest.raises(ArgumentError, match='must'):
        reliability(confidences, [True])


def test_no_samples_are_refused():
    with pytest.raises(UserError, match='needs at least one sample, got none'):
        CalibrationMetric().compute_metrics([])
