"""States of the random number generators: capturing, restoring and seeding."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def capture() -> dict[str, Any]:
    """Return the generator states of Python, NumPy, torch and this process's GPU."""
    version, internal, gauss = random.getstate()
    state: Any = np.random.get_state(legacy=True)
    name, keys, position, has_gauss, cached = state
    return {
        'python': [version, torch.tensor(internal, dtype=torch.int64), gauss],
        'numpy': [name, torch.from_numpy(keys.astype(np.int64)), position, has_gauss, cached],
        'torch': torch.get_rng_state(),
        'cuda': torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None,
    }


def restore(state: dict[str, Any]) -> None:
    """Restore the states returned by `capture`."""
    version, internal, gauss = state['python']
    random.setstate((version, tuple(internal.tolist()), gauss))
    name, keys, position, has_gauss, cached = state['numpy']
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state['torch'])
    if state['cuda'] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'])


@contextmanager
def preserved() -> Iterator[None]:
    """Restore the states as they were before."""
    before = capture()
    try:
        yield
    finally:
        restore(before)


def seed_worker(worker_id: int, seed: int, rank: int, sampler: Any) -> None:
    """Seed a data-loading worker by (seed, rank, worker, epoch).

    mmengine 0.10.7 (dataset/utils.py:34) seeds by worker only, so every epoch gets the same
    augmentation. The sampler carries the epoch, since workers are restarted in each epoch.
    """
    _seed_all(seed, rank, worker_id, int(getattr(sampler, 'epoch', 0)))


def seed_process(seed: int, rank: int, iteration: int = 0) -> None:
    """Seed one of several processes, so that each draws its own dropout masks."""
    _seed_all(seed, rank, iteration)


def _seed_all(*words: int) -> None:
    mixed = int(np.random.SeedSequence(words).generate_state(1)[0])
    random.seed(mixed)
    np.random.seed(mixed)
    torch.manual_seed(mixed)
