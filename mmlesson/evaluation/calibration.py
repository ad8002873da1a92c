"""Calibration: how well the probability of the predicted class fits how often it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from mmengine.evaluator import BaseMetric

from mmlesson.errors import ArgumentError, UserError, check_int, check_number
from mmlesson.registry import METRICS

Floats = npt.NDArray[np.float64]
BINS = 15  # of Guo et al. (2017)


@dataclass(frozen=True)
class Reliability:
    """Samples in bins of equal width by the probability of their predicted class.

    Attributes:
        counts: Number of samples in each bin, (B,).
        confidences: Mean probability in each bin, 0-1, (B,); NaN for an empty bin.
        accuracies: Share of correct predictions in each bin, 0-1, (B,); NaN for an empty bin.
    """

    counts: npt.NDArray[np.int64]
    confidences: Floats
    accuracies: Floats

    @property
    def error(self) -> float:
        """Expected calibration error, 0-1: mean of |accuracy - confidence| over the samples."""
        gaps = np.abs(self.accuracies - self.confidences)
        filled = self.counts > 0
        return float((self.counts[filled] * gaps[filled]).sum() / self.counts.sum())


def reliability(confidences: Any, correct: Any, bins: int = BINS) -> Reliability:
    """Sort samples into bins ((b - 1) / B, b / B], b = 1..B; a confidence of 0 is in the first.

    Args:
        confidences: Probability of the predicted class of each sample, 0-1, (N,).
        correct: Whether each prediction is right, (N,).
        bins: B.

    Raises:
        ArgumentError: If there are no samples, the lengths differ, or a value is no probability.

    References:
        Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, section 2.
    """
    check_int('reliability', 'bins', bins)
    found, right = _checked('reliability', confidences, correct)
    edges = np.arange(1, bins) / bins
    places = np.searchsorted(edges, found, side='left')
    counts = np.bincount(places, minlength=bins)
    with np.errstate(invalid='ignore'):
        means = [np.bincount(places, values, bins) / counts for values in (found, right)]
    return Reliability(counts, means[0], means[1])


def confidence_threshold(confidences: Any, correct: Any, accuracy: float) -> float | None:
    """Return the lowest confidence from which on predictions are accurate enough.

    Args:
        confidences: Probability of the predicted class of each sample, 0-1, (N,); of data that
            were not trained on.
        correct: Whether each prediction is right, (N,).
        accuracy: Wanted share of correct predictions among those with at least the returned
            confidence, 0-1.

    Returns:
        One of ``confidences``, so that the most samples are answered; None if no choice reaches
        the accuracy.

    Raises:
        ArgumentError: If there are no samples, the lengths differ, or a value is no probability.
    """
    check_number('confidence_threshold', 'accuracy', accuracy, 0, 1)
    found, right = _checked('confidence_threshold', confidences, correct)
    order = np.argsort(-found, kind='stable')
    found, shares = found[order], np.cumsum(right[order]) / np.arange(1, len(found) + 1)
    ends = np.append(found[1:] != found[:-1], True)  # equal confidences are answered together
    enough = np.flatnonzero(ends & (shares >= accuracy))
    return float(found[enough[-1]]) if len(enough) else None


def _checked(owner: str, confidences: Any, correct: Any) -> tuple[Floats, Floats]:
    found, right = np.asarray(confidences, np.float64), np.asarray(correct, np.float64)
    if found.ndim != 1 or found.shape != right.shape or not len(found):
        raise ArgumentError(
            f'{owner} must get one confidence and one bool per sample, at least one sample, got '
            f'the shapes {found.shape} and {right.shape}.'
        )
    if not ((found >= 0) & (found <= 1 + 1e-6)).all():
        raise ArgumentError(f'{owner}.confidences must be probabilities in [0, 1].')
    return found, right


@METRICS.register_module()
class CalibrationMetric(BaseMetric):
    """Expected calibration error, reported as 'calibration/error', 0-1.

    It is the mean difference between the probability of the predicted class and how often such
    predictions are right. A sample has its 'pred_score' (probabilities, (C,)) and 'gt_label'.

    Args:
        bins: Number of bins, see `reliability`.
        collect_device: 'cpu' or 'gpu': device on which results of several ranks are gathered.
        prefix: Prefix of the name; default 'calibration'.

    Raises:
        UserError: If there are no samples.

    References:
        Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks.
    """

    default_prefix = 'calibration'

    def __init__(
        self, bins: int = BINS, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_int(type(self).__name__, 'bins', bins)
        self.bins = bins

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Store the confidence of each sample and whether its prediction is right."""
        for sample in data_samples:
            score = torch.as_tensor(sample['pred_score'])
            label = int(torch.as_tensor(sample['gt_label']).flatten()[0])
            place = int(score.argmax())
            self.results.append((float(score[place]), place == label))

    def compute_metrics(self, results: list[tuple[float, bool]]) -> dict[str, float]:
        """Return the error."""
        if not results:
            raise UserError(
                'CalibrationMetric needs at least one sample, got none. Is the dataset empty?'
            )
        confidences, correct = zip(*results, strict=True)
        return {'error': reliability(confidences, correct, self.bins).error}
