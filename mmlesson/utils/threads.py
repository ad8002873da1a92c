"""Number of CPU threads that torch uses."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to import, and not needed to count cores
    from torch import nn

SMALL_STEP = 2**30
"""Multiply-adds in the forward pass of a step up to which one thread computes it.

Such a step gains little from more threads on an idle machine. On a busy one, threads that wait for
each other make it 20 to 60 times slower.
"""

VARIABLE = 'OMP_NUM_THREADS'
_chosen: tuple[int, int] | None = None  # threads set by `set_threads`, and how many there were


def count_cores() -> int:
    """Return the number of cores that this process may use; on a cluster, not all of them."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cores_per_process(processes: int) -> int:
    """Return the share of the cores of each of several processes, at least one."""
    return max(1, count_cores() // max(1, processes))


def single_threaded(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a process with one thread, unless it names another number."""
    return {VARIABLE: '1', **env}


def step_work(
    model: nn.Module, input_shape: Sequence[int] | None, batch_size: int | None
) -> int | None:
    """Return an estimate of the multiply-adds in the forward pass of a step, without running it.

    Weights of a convolution count once for each pixel of the input, since later maps are rarely
    larger; those of a linear layer count once.

    Args:
        model: The model.
        input_shape: Shape of one sample: (C, H, W) or (D,); None if unknown.
        batch_size: Number of samples in a batch; None if unknown.

    Returns:
        None if the number of positions at which the weights are used is unknown: that of a sequence
        model, which has weights of three dimensions, or without one of the arguments.
    """
    weights = [weight for weight in model.parameters() if weight.ndim > 1]
    if input_shape is None or batch_size is None or any(weight.ndim == 3 for weight in weights):
        return None
    pixels = math.prod(input_shape[1:])
    uses = (weight.numel() * (pixels if weight.ndim > 3 else 1) for weight in weights)
    return batch_size * sum(uses)


def choose_threads(
    work: int | None, available: int, wanted: int | None, env: Mapping[str, str]
) -> tuple[int, str]:
    """Return the number of threads for steps of this work, and the reason.

    Args:
        work: Multiply-adds of the forward pass, see `step_work`; None if unknown.
        available: Number of threads that torch would use.
        wanted: ``env_cfg.cpu_threads`` of the config, which has priority; None without one.
        env: Environment, whose ``OMP_NUM_THREADS`` has priority over the rule.
    """
    if wanted is not None:
        return wanted, 'env_cfg.cpu_threads'
    if VARIABLE in env:
        return available, VARIABLE
    if work is not None and work <= SMALL_STEP:
        return 1, f'{work:,} multiply-adds per step are few'
    return available, 'a step is large' if work is not None else 'the work of a step is unknown'


def set_threads(work: int | None, wanted: int | None = None) -> tuple[int, str]:
    """Set the number of threads of torch as `choose_threads` does; return its result.

    A later call chooses again from the number before the first one, unless that was changed since.
    """
    global _chosen
    import torch

    available = torch.get_num_threads()
    if _chosen is not None and _chosen[0] == available:
        available = _chosen[1]
    threads, reason = choose_threads(work, available, wanted, os.environ)
    torch.set_num_threads(threads)
    _chosen = threads, available
    return threads, reason
