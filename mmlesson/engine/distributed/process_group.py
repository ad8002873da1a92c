"""Process group of a distributed run: joining, connecting, collectives and leaving.

A launcher (torchrun, SLURM, MPI) starts the same command once per process. GPUs communicate by
NCCL, CPUs by gloo. mmengine 0.10.7 cannot start without a GPU (dist/utils.py:130).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from mmlesson.engine.distributed.heartbeat import Heartbeat
from mmlesson.engine.distributed.launcher_env import (
    refuse_lonely_copies,
    set_rank_env,
    use_interface_of_master,
)
from mmlesson.engine.distributed.peer_failure import FailureReporter, PeerError
from mmlesson.engine.distributed.process_context import current_context
from mmlesson.errors import UserError
from mmlesson.utils.device import resolve_device

__all__ = [
    'PeerError',
    'all_gather',
    'all_reduce_max',
    'barrier',
    'broadcast',
    'connect',
    'explain_peer_failure',
    'join_process_group',
    'process_group',
    'rank',
    'report_failure',
    'world_size',
]

TIMEOUT = 20.0
"""Seconds without an answer after which a process counts as hung. torchrun gives the remaining
processes 30 s to end, so that all have ended within a minute."""

BARRIER_TIMEOUT = timedelta(days=1)
"""Longest wait for a process that is alive: only rank 0 saves and draws."""

NCCL_GRACE = timedelta(seconds=15)


@contextmanager
def process_group(launcher: str) -> Iterator[None]:
    """Join the processes that ``launcher`` started; the error that ends them is reported once.

    An error is written to the store before it propagates, so that processes that lose their
    connection know the cause and end without a message.

    Args:
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.

    Raises:
        UserError: If the launcher has not started this process.
        PeerError: If another process ended without reporting an error.
    """
    if launcher == 'none':
        refuse_lonely_copies()
        yield
        return
    join_process_group(launcher)
    try:
        yield
        barrier()
        current_context().close()
    except Exception as err:
        error = explain_peer_failure(err)
        if not report_failure(error):
            raise SystemExit(getattr(error, 'status', 1)) from None
        position = f'rank {os.environ["RANK"]} of {os.environ["WORLD_SIZE"]}'
        print(f'{position} failed:', file=sys.stderr, flush=True)
        if error is err:
            raise
        raise error from err


def join_process_group(launcher: str) -> None:
    """Meet the other processes at the store; do nothing if this process has joined before."""
    context = current_context()
    if context.has_joined:
        return
    set_rank_env(launcher)
    rank, world_size = int(os.environ['RANK']), int(os.environ['WORLD_SIZE'])
    store, _, _ = next(rendezvous('env://', rank, world_size))
    # torchrun may keep one store over its restarts, with addresses in it that are gone.
    prefix = f'mmlesson/{os.environ.get("TORCHELASTIC_RESTART_COUNT", 0)}'
    context.store = PrefixStore(prefix, store)
    context.failures = FailureReporter(context.store, rank)


def connect(device: str, timeout: float | None = None) -> None:
    """Create the groups of the processes that have joined; do nothing if they exist.

    Args:
        device: Device of all processes, as a config spells it; each takes the GPU of its local
            rank.
        timeout: Seconds after which a process that does not answer counts as hung.

    Raises:
        UserError: If there are fewer GPUs than processes on this machine, or ``device`` names a
            single GPU.
    """
    context = current_context()
    if not context.has_joined or context.is_connected:
        return
    if ':' in device:
        raise UserError(
            f"device '{device}' names one GPU for all processes. Use --device cuda: each process "
            'takes its own.'
        )
    on_gpu = resolve_device(device).type == 'cuda'
    if on_gpu:
        torch.cuda.set_device(_own_gpu())
    torch.set_num_threads(int(os.environ['OMP_NUM_THREADS']))
    limit = timedelta(seconds=timeout or TIMEOUT)
    use_interface_of_master()
    dist.init_process_group(
        'nccl' if on_gpu else 'gloo',
        store=PrefixStore('group', context.store),
        rank=int(os.environ['RANK']),
        world_size=int(os.environ['WORLD_SIZE']),
        # NCCL ends the process at its timeout; gloo, with a shorter one, reports the cause first.
        timeout=limit + NCCL_GRACE if on_gpu else limit,
    )
    context.group = dist.new_group(None, limit, 'gloo') if on_gpu else dist.group.WORLD
    context.barrier_group = dist.new_group(None, BARRIER_TIMEOUT, 'gloo')
    context.heartbeat = Heartbeat(
        context.store, context.rank(), context.world_size(), limit.total_seconds()
    )


def world_size() -> int:
    """Return the number of connected processes."""
    return current_context().world_size()


def rank() -> int:
    """Return the rank of this process."""
    return current_context().rank()


def all_gather(value: Any) -> list[Any]:
    """Return the values of all processes, in the order of their ranks."""
    return current_context().all_gather(value)


def all_reduce_max(values: list[int]) -> list[int]:
    """Return the element-wise maximum over all processes."""
    return current_context().all_reduce_max(values)


def broadcast(value: Any) -> Any:
    """Return the value of rank 0 on all processes."""
    return current_context().broadcast(value)


def barrier() -> None:
    """Wait until all processes arrive; see `ProcessContext.barrier`."""
    current_context().barrier()


def explain_peer_failure(error: Exception) -> Exception:
    """Return the error; for a lost connection, a `PeerError` that names the first failure."""
    failures = current_context().failures
    return error if failures is None else failures.explain(error)


def report_failure(error: Exception) -> bool:
    """Report an error to the other processes; return whether it is the first in the run."""
    failures = current_context().failures
    return False if failures is None else failures.report(error)


def _own_gpu() -> int:
    local_rank, count = int(os.environ['LOCAL_RANK']), torch.cuda.device_count()
    if count == 1 and 'SLURM_STEP_ID' in os.environ:
        return 0  # SLURM shows each task only the GPU that it assigned
    if local_rank >= count:
        raise UserError(
            f'Each process needs a GPU of its own, but this machine has {count} for '
            f'{os.environ.get("LOCAL_WORLD_SIZE", "more")}. Start fewer, or use --device cpu.'
        )
    return local_rank
