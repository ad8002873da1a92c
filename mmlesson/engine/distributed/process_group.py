"""Process group of this process, and its collectives as functions.

A launcher (torchrun, SLURM, MPI) starts the same command once per process. GPUs communicate by
NCCL, CPUs by gloo. mmengine 0.10.7 cannot start without a GPU (dist/utils.py:130).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmlesson.engine.distributed.context import ProcessContext
from mmlesson.engine.distributed.launcher_env import refuse_lonely_copies

CONTEXT = ProcessContext()
"""Context of this process; a single process until `join_process_group`."""


@contextmanager
def process_group(launcher: str) -> Iterator[None]:
    """Join the processes started by ``launcher``, and leave them at the end of the block.

    Before an exception propagates, this rank records it in the store; the other ranks then exit
    quietly instead of reporting a lost connection.

    Args:
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.

    Raises:
        UserError: If the launcher did not start this process.
        PeerError: If another process ended without recording a failure.
    """
    if launcher == 'none':
        refuse_lonely_copies()
        yield
        return
    join_process_group(launcher)
    try:
        yield
        barrier()
        CONTEXT.close()
    except Exception as err:
        error = explain_peer_failure(err)
        if not report_failure(error):
            raise SystemExit(getattr(error, 'status', 1)) from None
        place = f'rank {os.environ["RANK"]} of {os.environ["WORLD_SIZE"]}'
        print(f'{place} failed:', file=sys.stderr, flush=True)
        if error is err:
            raise
        raise error from err


def join_process_group(launcher: str) -> None:
    """Meet the processes started by ``launcher``; see `ProcessContext.join`."""
    CONTEXT.join(launcher)


def connect(device: str, timeout: float | None = None) -> None:
    """Create the process groups; see `ProcessContext.connect`."""
    CONTEXT.connect(device, timeout)


def world_size() -> int:
    """Return the number of connected processes."""
    return CONTEXT.world_size


def rank() -> int:
    """Return the rank of this process."""
    return CONTEXT.rank


def all_gather(value: Any) -> list[Any]:
    """Return the values of all ranks, in rank order, on every rank."""
    return CONTEXT.all_gather(value)


def all_reduce_max(values: list[int]) -> list[int]:
    """Return the element-wise maximum over the ranks."""
    return CONTEXT.all_reduce_max(values)


def broadcast(value: Any) -> Any:
    """Return rank 0's value on every rank."""
    return CONTEXT.broadcast(value)


def barrier() -> None:
    """Wait until every rank arrives; see `ProcessContext.barrier`."""
    CONTEXT.barrier()


def explain_peer_failure(error: Exception) -> Exception:
    """Return the error, or for a lost connection one that names the rank that failed first."""
    return CONTEXT.explain_failure(error)


def report_failure(error: Exception) -> bool:
    """Record a failure for the other ranks; return whether it is the first of the run."""
    return CONTEXT.report_failure(error)
