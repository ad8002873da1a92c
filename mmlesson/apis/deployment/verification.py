"""Comparison of an exported model with torch: outputs, accuracy and latency."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from mmengine.config import Config

from mmlesson.apis.deployment.formats import Predict
from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError
from mmlesson.models.predictions import stack_values
from mmlesson.tasks import flat_result
from mmlesson.utils.quiet import quiet_mmengine
from mmlesson.visualization.figures.context import Samples

Array = npt.NDArray[Any]
Entries = Mapping[str, Array]

TOLERANCE = 1e-4
LARGEST_SHARE = 0.01
"""Of results that differ, where a model finds objects, points or pixels: of two peaks or classes
that are nearly equal, another rounding makes another one the largest."""

SAMPLES = 256
BATCH = 256

EVALUATION = ('val', 'test', 'train')
"""Splits that an export is verified on, in order of preference."""


def read_split(
    config: Config, names: tuple[str, ...], complete: bool = False
) -> tuple[str, Samples]:
    """Return evenly spaced samples of the first split that a config has.

    Args:
        config: A config as `load_config` returns it.
        names: Splits in order of preference.
        complete: Whether to read all samples, and not `SAMPLES` at most.

    Returns:
        The name of the split, and its samples.

    Raises:
        UserError: If the config has none of the splits.
    """
    name = next((name for name in names if config.get(f'{name}_dataloader')), None)
    if name is None:
        raise UserError(f'{config.filename or "The config"} has no data to verify an export with.')
    with quiet_mmengine():
        loader: Any = LessonRunner.build_dataloader(config[f'{name}_dataloader'], seed=0)
        dataset = loader.dataset
        return name, Samples.of(loader, len(dataset) if complete else SAMPLES)


def largest_difference(expected: Array, got: Array, is_relative: bool) -> float:
    """Return the largest difference of two outputs; infinite if their shapes differ or got NaN.

    Args:
        expected: Outputs of torch, (N, C).
        got: Outputs of the exported model.
        is_relative: Whether to divide by the largest absolute output, if that is over 1; for
            scores, which have no fixed range.
    """
    if expected.shape != got.shape:
        return float('inf')
    scale = max(1.0, float(np.abs(expected).max(initial=0))) if is_relative else 1.0
    difference = float(np.abs(expected.astype(np.float64) - got).max(initial=0)) / scale
    return difference if difference == difference else float('inf')


def share_of_differences(expected: Sequence[Entries], got: Sequence[Entries]) -> float:
    """Return which share of the objects, or of the numbers without objects, differs, 0 to 1.

    They differ by more than `TOLERANCE`, as a fraction of the largest value if that is over 1. An
    object is compared with all of the other result, since those of equal scores have no order.

    Args:
        expected: Results of torch, as `mmlesson.tasks.flat_result` returns them.
        got: Results of the exported model.
    """
    counts = [_differing(one, other) for one, other in zip(expected, got, strict=True)]
    wrong, total = np.sum(counts, 0)
    return float(wrong / max(total, 1))


def _differing(one: Entries, other: Entries) -> tuple[int, int]:
    """Return how many parts of two results are in one of them only, and how many there are."""
    if 'scores' not in one:
        same = np.concatenate([_near(rows, other[name]).ravel() for name, rows in one.items()])
        return int((~same).sum()), same.size
    pairs = [_near(rows[:, None], other[name][None]) for name, rows in one.items()]
    same = np.logical_and.reduce([p.all(tuple(range(2, p.ndim))) for p in pairs])
    return int((~same.any(1)).sum() + (~same.any(0)).sum()), sum(same.shape)


def _near(values: Array, others: Array) -> Array:
    """Return which values are equal but for rounding."""
    values, others = values.astype(float), others.astype(float)
    limit = TOLERANCE * max(1.0, float(np.abs(values).max(initial=0)))
    near: Array = np.abs(values - others) <= limit  # false of NaN
    return near


def predicted_by_model(graph: InferenceGraph, inputs: Array) -> Any:
    """Return the outputs of a graph's model by its own preprocessor and prediction.

    Of other tasks than classification it is the result of each image, in one dict.

    Args:
        graph: The graph, which is compared in this way too.
        inputs: Samples as the dataset returns them, (N, ...).
    """
    model: Any = graph.model
    with torch.no_grad():
        batch = {'inputs': torch.from_numpy(inputs)}
        if not graph.task.has_classes:
            return [flat_result(result) for result in model.test_step(batch)]
        if graph.output == 'probabilities':
            return stack_values(model.test_step(batch), 'pred_score').numpy()
        outputs: Array = model(model.data_preprocessor(batch, False)['inputs']).numpy()
        return outputs


def in_batches(predict: Predict, inputs: Array, size: int = BATCH) -> Array:
    """Return the outputs of many inputs."""
    return np.concatenate(
        [predict(inputs[start : start + size]) for start in range(0, len(inputs), size)]
    )


def accuracy(predict: Predict, samples: Samples) -> float:
    """Return the accuracy in percent."""
    classes = in_batches(predict, samples.inputs).argmax(1)
    return float(100 * (classes == samples.labels).mean())


def latency(predict: Predict, sample: Array, repeats: int = 100) -> float:
    """Return the median time of one sample in milliseconds, after ten calls to warm up.

    Args:
        predict: Function to measure.
        sample: A batch of one, (1, ...).
        repeats: Number of calls.
    """
    return statistics.median(list(_times(predict, sample, repeats))[10:])


def _times(predict: Predict, sample: Array, repeats: int) -> Iterator[float]:
    for _ in range(repeats + 10):
        start = time.perf_counter()
        predict(sample)
        yield 1000 * (time.perf_counter() - start)
