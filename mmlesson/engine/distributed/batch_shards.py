"""Shards of a batch: the samples of each process, and the weight of its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader


@dataclass(frozen=True)
class Shard:
    """Part of a batch that one process trains on.

    Attributes:
        own: Number of samples of this process.
        total: Number of samples of all processes together.
        weight: Weight of this process's mean loss. It makes the mean of the weighted losses over
            the processes equal to the mean loss over all samples.
    """

    own: int
    total: int
    weight: float


class BatchSharding:
    """Computes the share of this process in each batch of a pass over the data.

    A distributed sampler repeats some of the first samples at the end, so that all processes get
    the same number. mmengine trains on the repeated samples twice, and gives processes with fewer
    samples the same weight as those with more. Here repeated samples are left out, so the gradient
    does not depend on the number of processes: it is that of the full batch in one process.

    Args:
        loader: Data loader of this process.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        sampler: Any = loader.sampler
        is_dealt = isinstance(sampler, DefaultSampler)
        self._size = loader.batch_size
        self._processes = sampler.world_size if is_dealt else 1
        self._rank = sampler.rank if is_dealt else 0
        self._samples = len(sampler.dataset) if is_dealt and self._size is not None else None

    def of(self, batch_idx: int, size: int) -> Shard:
        """Return this process's share of a batch.

        Args:
            batch_idx: Index of the batch in the pass, from 0.
            size: Number of samples in the batch from the loader.
        """
        if self._processes == 1 or self._samples is None:
            return Shard(size, size * self._processes, 1.0)
        owned = [self._owned(rank, batch_idx) for rank in range(self._processes)]
        own, total = owned[self._rank], sum(owned)
        return Shard(own, total, own * self._processes / total)

    def _owned(self, rank: int, batch_idx: int) -> int:
        """Return how many of the samples rank, rank + P, rank + 2 P, … are in a batch."""
        samples, processes, size = self._samples or 0, self._processes, self._size or 1
        left = -(-(samples - rank) // processes) - batch_idx * size
        return max(0, min(size, left))


def take_all(sampler: Any) -> None:
    """Make a distributed sampler return all samples in each process."""
    sampler.rank, sampler.world_size = 0, 1
    if isinstance(sampler, DefaultSampler):
        sampler.num_samples = sampler.total_size = len(sampler.dataset)
