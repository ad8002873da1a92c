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
        own: Samples of this process.
        total: Samples of all processes.
        weight: Of this process's mean loss, such that the mean over processes of weighted losses is
            the mean over samples.
    """

    own: int
    total: int
    weight: float


class BatchSharding:
    """Tells a process's share of each batch of a pass over the data.

    A sampler that deals samples out to several processes repeats some of the first at the end, so
    that all processes get as many; mmengine trains on those twice, and weighs a process with fewer
    samples as one with more. Here what is repeated is left out, so that any number of processes
    gives the gradient that one process would get from the whole batch.

    Args:
        loader: A process's own loader.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        sampler: Any = loader.sampler
        is_dealt = isinstance(sampler, DefaultSampler)
        self._size = loader.batch_size
        self._processes = sampler.world_size if is_dealt else 1
        self._rank = sampler.rank if is_dealt else 0
        self._samples = len(sampler.dataset) if is_dealt and self._size is not None else None

    def of(self, batch_idx: int, size: int) -> Shard:
        """Return the share of the batch at a place of the pass.

        Args:
            batch_idx: From 0.
            size: Samples that the loader gave.
        """
        if self._processes == 1 or self._samples is None:
            return Shard(size, size * self._processes, 1.0)
        owned = [self._owned(rank, batch_idx) for rank in range(self._processes)]
        own, total = owned[self._rank], sum(owned)
        return Shard(own, total, own * self._processes / total)

    def _owned(self, rank: int, batch_idx: int) -> int:
        """Return how many of the samples rank, rank + P, rank + 2 P, … fall into a batch."""
        samples, processes, size = self._samples or 0, self._processes, self._size or 1
        left = -(-(samples - rank) // processes) - batch_idx * size
        return max(0, min(size, left))


def take_all(sampler: Any) -> None:
    """Make a sampler that deals samples out to several processes give each of them all."""
    sampler.rank, sampler.world_size = 0, 1
    if isinstance(sampler, DefaultSampler):
        sampler.num_samples = sampler.total_size = len(sampler.dataset)
