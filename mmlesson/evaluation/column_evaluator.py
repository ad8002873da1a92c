"""Evaluation of batches without separating their samples."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_world_size
from mmengine.evaluator import BaseMetric, Evaluator
from torch import Tensor

from mmlesson.evaluation.loss_metric import LossMetric
from mmlesson.evaluation.probability_metric import ProbabilityMetric
from mmlesson.evaluation.toolbox_samples import samples_for, toolbox_of
from mmlesson.models.predictions import Predictions

_READ_COLUMNS = (LossMetric, ProbabilityMetric)
_ACCURACY = 'mmpretrain.evaluation.metrics.single_label.Accuracy'


class ColumnEvaluator(Evaluator):
    """mmengine's ``Evaluator``, with the same results, that reads `Predictions` by column.

    Why it is here: for a small network, one dict per sample takes twice as long as the forward
    pass. Our metrics read columns. In a single process, mmpretrain's ``Accuracy`` gets the scores
    of all samples at the end. Any other metric gets a list of dicts, in the form of its toolbox.

    Args:
        metrics: The metrics.
    """

    def __init__(self, metrics: Sequence[BaseMetric]) -> None:
        super().__init__(metrics)
        self._kept: dict[int, list[Mapping[str, Tensor]]] = {}  # of each accuracy, by its place

    def process(self, data_samples: Sequence[Any], data_batch: Any = None) -> None:
        """Pass a batch of predictions to each metric."""
        columns = data_samples.columns if isinstance(data_samples, Predictions) else None
        if columns is None:
            self._process_samples(data_samples, data_batch)
            return
        for place, metric in enumerate(self.metrics):
            if _is_accuracy(metric) and 'gt_label' in columns and get_world_size() == 1:
                self._kept.setdefault(place, []).append(columns)
            elif isinstance(metric, _READ_COLUMNS):
                metric.process(data_batch, data_samples)
            else:
                metric.process(data_batch, list(data_samples))

    def _process_samples(self, data_samples: Sequence[Any], data_batch: Any) -> None:
        """Pass separate samples to each metric, those of our models in the form that it takes."""
        is_ours = all(isinstance(sample, dict) for sample in data_samples)
        if not is_ours or not any(map(toolbox_of, self.metrics)):
            super().process(data_samples, data_batch)
            return
        for metric in self.metrics:
            metric.process(data_batch, samples_for(metric, data_samples, data_batch))

    def evaluate(self, size: int) -> dict[str, Any]:
        """Return the results of all metrics over the first ``size`` samples."""
        kept, self._kept = self._kept, {}
        metrics = [
            _Computed(metric, kept[place]) if place in kept else _without_memory(metric)
            for place, metric in enumerate(self.metrics)
        ]
        found: dict[str, Any] = Evaluator(metrics).evaluate(size)
        # Logs and plots take Python numbers; mmseg's are float32 of NumPy.
        return {name: v.item() if isinstance(v, np.number) else v for name, v in found.items()}


class _Computed:
    """A metric of mmpretrain's type ``Accuracy``, and the columns to compute it from."""

    def __init__(self, metric: Any, columns: Sequence[Mapping[str, Tensor]]) -> None:
        self._metric, self._columns = metric, columns

    def evaluate(self, size: int) -> dict[str, float]:
        """Return the accuracies by name."""
        metric, columns = self._metric, self._columns
        if metric.results:  # of batches that were not columns
            rows = [sample for part in columns for sample in Predictions(part)]
            metric.process(None, rows)
            found: dict[str, float] = metric.evaluate(size)
            return found
        # compute_metrics stacks samples: here a single one, of all scores.
        whole = copy.copy(metric)
        whole.calculate = lambda pred, *rest: metric.calculate(pred[0], *rest)
        joined = {
            name: torch.cat([part[name] for part in columns])[:size]
            for name in ('pred_score', 'gt_label')
        }
        named = whole.compute_metrics([{**joined, 'gt_label': joined['gt_label'].flatten()}])
        return {f'{metric.prefix}/{name}': value for name, value in named.items()}


def column_evaluator(evaluator: Evaluator) -> Evaluator:
    """Return an evaluator that reads columns for mmengine's own; another is returned as it is."""
    if type(evaluator) is not Evaluator:
        return evaluator
    return ColumnEvaluator(evaluator.metrics)


def _without_memory(metric: BaseMetric) -> BaseMetric:
    """Return a metric whose evaluation leaves the metric itself as it is, except for its results.

    mmdet 3.3 (coco_metric.py, ``compute_metrics``) keeps the ground truth of the first evaluation;
    in a later one the same number may belong to another image.
    """
    return copy.copy(metric) if toolbox_of(metric) == 'mmdet' else metric


def _is_accuracy(metric: BaseMetric) -> bool:
    kind = type(metric)
    return f'{kind.__module__}.{kind.__qualname__}' == _ACCURACY
