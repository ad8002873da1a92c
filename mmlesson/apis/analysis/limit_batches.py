"""Training on a few batches, for the dry run and the overfitting check."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from mmengine.config import Config
from torch.utils.data import DataLoader, IterableDataset

from mmlesson.errors import UserError


class FixedBatches(list[list[int]]):
    """First batches of a batch sampler, as a batch sampler.

    Args:
        sampler: Batch sampler whose batches are taken.
        count: Number of batches, or fewer if the sampler has fewer.
    """

    def __init__(self, sampler: Any, count: int) -> None:
        super().__init__(list(batch) for batch in islice(sampler, count))
        # mmengine's DistSamplerSeedHook reads it in each epoch, and fails without it.
        self.sampler = getattr(sampler, 'sampler', None)


def first_batches(loader: DataLoader[Any], count: int) -> DataLoader[Any]:
    """Return a loader of the first batches of another loader, in the same order in each epoch.

    Args:
        loader: A loader of a dataset with ``__getitem__``.
        count: Number of batches, or fewer if the loader has fewer.

    Raises:
        UserError: If the dataset is an ``IterableDataset``.
    """
    if isinstance(loader.dataset, IterableDataset):
        raise UserError(
            f'{type(loader.dataset).__name__} is a stream, which cannot repeat a batch. Use a '
            'dataset with __getitem__.'
        )
    sampler: Any = loader.batch_sampler
    batches = FixedBatches(sampler, count)
    same: dict[str, Any] = {
        'num_workers': loader.num_workers,
        'collate_fn': loader.collate_fn,
        'pin_memory': loader.pin_memory,
        'worker_init_fn': loader.worker_init_fn,
    }
    if loader.batch_size is None:  # it has a custom batch sampler
        return DataLoader(loader.dataset, batch_sampler=batches, **same)
    indices = [index for batch in batches for index in batch]
    return DataLoader(loader.dataset, loader.batch_size, sampler=indices, **same)


def leave_out_early_stopping(config: Config) -> None:
    """Remove early-stopping hooks from a config: a few batches are too few for them."""
    config.custom_hooks = [entry for entry in config.get('custom_hooks') or [] if not _stops(entry)]
    for name, hook in (config.get('default_hooks') or {}).items():
        if _stops(hook):
            config.default_hooks[name] = None


def _stops(hook: Any) -> bool:
    return isinstance(hook, Mapping) and 'EarlyStopping' in str(hook.get('type'))


def is_by_epoch(config: Config) -> bool:
    """Return whether a config measures training in epochs, not in iterations."""
    return 'max_iters' not in config.train_cfg
