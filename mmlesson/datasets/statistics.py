"""Mean and standard deviation of the training data, of any dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from mmlesson.datasets.wrappers import statistics_of
from mmlesson.errors import ArgumentError, shorten
from mmlesson.utils import rng_state

_BATCH_SIZE = 256  # of the pass, for a loader with a batch sampler


class RunningStatistics:
    """Mean and population deviation per channel, over batches, in float64.

    Batches are merged by their means and sums of squared deviations, which loses no digits where
    the mean is large beside the deviation.

    Attributes:
        count: Number of values per channel so far.

    References:
        Chan, Golub, LeVeque (1983), Algorithms for computing the sample variance,
        doi:10.1080/00031305.1983.10483115.
    """

    def __init__(self) -> None:
        self.count = 0
        self._mean = self._squares = torch.zeros(0, dtype=torch.float64)

    def update(self, inputs: Tensor) -> None:
        """Add a batch, (N, C, ...), of any dtype."""
        if inputs.ndim < 2:
            raise ArgumentError(
                'Statistics are taken of samples (C, ...), got a batch of shape '
                f'{tuple(inputs.shape)}.'
            )
        var, mean = torch.var_mean(
            inputs.detach().cpu().double().movedim(1, 0).flatten(1), 1, correction=0
        )
        if self.count == 0:
            self._mean, self._squares = torch.zeros_like(mean), torch.zeros_like(mean)
        if mean.shape != self._mean.shape:
            raise ArgumentError(
                f'All samples must have the same channels, got {len(self._mean)} and {len(mean)}. '
                'Let the pipeline convert the images to grey, or to colour.'
            )
        added = inputs.numel() // len(mean)
        total = self.count + added
        delta = mean - self._mean
        self._squares += var * added + delta.square() * (self.count * added / total)
        self._mean += delta * (added / total)
        self.count = total

    def compute(self) -> tuple[Tensor, Tensor]:
        """Return mean and deviation, (C,) float32; the deviation of a constant channel is 1."""
        std = (self._squares / self.count).sqrt()
        constant = std <= 1e-10 * self._mean.abs()  # what rounding leaves of a constant
        return self._mean.float(), std.masked_fill(constant, 1.0).float()


def training_statistics(loader: Any) -> tuple[Tensor, Tensor]:
    """Return the mean and the standard deviation of a loader's dataset.

    Those that the dataset knows, see `statistics_of`; otherwise those of all samples, as the loader
    collates them, in one pass. The states of the random generators are the same afterwards.

    Args:
        loader: The training DataLoader.

    Returns:
        Two float32 tensors: per channel, (C,), for images; per feature, (D,), for vectors.

    Raises:
        ArgumentError: If the dataset has no length, or its samples have no statistics.
    """
    known = statistics_of(loader.dataset)
    return _measure(loader) if known is None else known


def _measure(loader: Any) -> tuple[Tensor, Tensor]:
    owner = type(loader.dataset).__name__
    if not hasattr(loader.dataset, '__len__'):
        raise ArgumentError(
            f'{owner} has no length, so that its mean cannot be measured. Give '
            'data_preprocessor.mean and std.'
        )
    running = RunningStatistics()
    with rng_state.preserved():
        for batch in _in_order(loader):
            inputs = batch.get('inputs') if isinstance(batch, Mapping) else None
            if isinstance(inputs, Tensor):
                running.update(inputs)
            elif isinstance(inputs, list | tuple) and all(isinstance(x, Tensor) for x in inputs):
                for sample in inputs:  # of sizes of their own
                    running.update(sample[None])
            else:
                raise ArgumentError(
                    f'{owner} must give batches dict(inputs=Tensor, ...), got {shorten(batch)}. '
                    'Give data_preprocessor.mean and std.'
                )
    mean, std = running.compute()
    if not bool(torch.isfinite(torch.cat([mean, std])).all()):
        raise ArgumentError(
            f'{owner} has inputs that are NaN or infinite. Remove or replace such values.'
        )
    return mean, std


def _in_order(loader: Any) -> DataLoader[Any]:
    """Return a loader of the same samples, each once."""
    return DataLoader(
        loader.dataset,
        batch_size=loader.batch_size or _BATCH_SIZE,
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        worker_init_fn=loader.worker_init_fn,
    )
