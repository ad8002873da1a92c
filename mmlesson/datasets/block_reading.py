"""Batches of a dataset in memory, read in blocks of several batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np
import torch
from mmengine.dataset import DefaultSampler
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

from mmlesson.datasets.array_dataset import ArrayDataset
from mmlesson.datasets.collate import lesson_collate

BLOCK_BYTES = 1 << 21
"""Size of a block: it stays in the cache of a processor until its batches are used."""

_SAMPLERS = (DefaultSampler, RandomSampler, SequentialSampler)
"""Samplers that can be read ahead: they start again, and draw random numbers only at the start."""


Batches = Iterator[dict[str, Tensor]]


def batches_of(
    loader: DataLoader[Any], prepare: Callable[[dict[str, Tensor], Batches], Batches] | None = None
) -> Iterator[Any]:
    """Return an iterator over the batches of a loader, the same ones in the same order.

    A batch of a small network costs torch's ``DataLoader`` as much time as its forward pass. If the
    loader reads an `ArrayDataset` in this process, samples are gathered in blocks of several
    batches, and batches are views of a block. Any other loader is iterated over as it is.

    Args:
        loader: The loader.
        prepare: Function of a block and its batches, which prepares the batches together.
    """
    if not _is_in_memory(loader):
        return iter(loader)
    # DataLoader draws a seed for its workers, even without workers: the random stream is the same.
    torch.empty((), dtype=torch.int64).random_(generator=loader.generator)
    blocks = _read_blocks(loader)
    split = (batches if prepare is None else prepare(block, batches) for block, batches in blocks)
    return chain.from_iterable(split)


def _is_in_memory(loader: DataLoader[Any]) -> bool:
    """Return whether reading ahead, by index, returns what iterating over the loader returns."""
    collate: Any = loader.collate_fn
    plain = isinstance(collate, partial) and not (collate.args or collate.keywords)
    return (
        type(loader) is DataLoader
        and loader.num_workers == 0
        and not loader.pin_memory
        and (collate.func if plain else collate) is lesson_collate
        and type(loader.batch_sampler) is BatchSampler
        and type(loader.sampler) in _SAMPLERS
        and getattr(type(loader.dataset), '__getitems__', None) is ArrayDataset.__getitems__
    )


def _read_blocks(loader: Any) -> Iterator[tuple[dict[str, Tensor], Batches]]:
    """Yield each block, and its batches."""
    dataset: ArrayDataset = loader.dataset
    per_block = max(1, BLOCK_BYTES // (dataset.sample_bytes * loader.batch_sampler.batch_size))
    batches = iter(loader.batch_sampler)
    while block := list(islice(batches, per_block)):
        samples = dataset.__getitems__(np.concatenate(block))
        sizes = [len(batch) for batch in block]
        parts = zip(samples['inputs'].split(sizes), samples['labels'].split(sizes), strict=True)
        yield samples, ({'inputs': inputs, 'labels': labels} for inputs, labels in parts)
