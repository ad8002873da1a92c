"""State of this process in a distributed run, and the collectives over it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist

from mmlesson.engine.distributed.heartbeat import BEAT_SECONDS, Heartbeat
from mmlesson.engine.distributed.peer_failure import (
    NO_ANSWER,
    FailureReporter,
    PeerError,
    ignore_sigterm,
)


@dataclass
class ProcessContext:
    """What this process holds of a distributed run; without one, all fields are None.

    The collectives of a context that is not connected behave as in a run of one process.

    Attributes:
        store: ``torch.distributed`` store through which the processes meet.
        failures: Explains and reports failures through the store.
        group: gloo group of all processes, with the usual timeout.
        barrier_group: The same with a timeout of a day.
        heartbeat: Shows whether the other processes are alive.
    """

    store: Any = None
    failures: FailureReporter | None = None
    group: Any = None
    barrier_group: Any = None
    heartbeat: Heartbeat | None = None

    @property
    def has_joined(self) -> bool:
        """Whether this process has met the others at the store."""
        return self.store is not None

    @property
    def is_connected(self) -> bool:
        """Whether collectives reach the other processes."""
        return self.group is not None

    def world_size(self) -> int:
        """Return the number of connected processes."""
        return dist.get_world_size() if self.is_connected else 1

    def rank(self) -> int:
        """Return the rank of this process."""
        return dist.get_rank() if self.is_connected else 0

    def all_gather(self, value: Any) -> list[Any]:
        """Return the values of all processes, in the order of their ranks."""
        if not self.is_connected:
            return [value]
        values: list[Any] = [None] * self.world_size()
        dist.all_gather_object(values, value, group=self.group)
        return values

    def all_reduce_max(self, values: list[int]) -> list[int]:
        """Return the element-wise maximum over all processes."""
        if not self.is_connected:
            return values
        tensor = torch.tensor(values)
        dist.all_reduce(tensor, dist.ReduceOp.MAX, group=self.group)
        return [int(value) for value in tensor]

    def broadcast(self, value: Any) -> Any:
        """Return the value of rank 0 on all processes."""
        if not self.is_connected:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, group=self.group)
        return values[0]

    def barrier(self) -> None:
        """Wait until all processes arrive, as long as all their heartbeats continue.

        Rank 0 may save or draw meanwhile, which can take longer than the usual timeout.

        Raises:
            PeerError: If the heartbeat of another process has stopped.
        """
        if self.heartbeat is None:
            return
        arrival = dist.barrier(group=self.barrier_group, async_op=True)
        began = time.monotonic()
        while not arrival.is_completed():
            waited = time.monotonic() - began
            time.sleep(0.0005 if waited < 0.1 else 0.02)
            if waited > 2 * BEAT_SECONDS and self.heartbeat.any_peer_stalled():
                ignore_sigterm()
                raise PeerError(NO_ANSWER)
        arrival.wait()

    def close(self) -> None:
        """Leave the process group, so that this process can join another one."""
        if self.heartbeat is not None:
            self.heartbeat.stop()
            dist.destroy_process_group()
        self.store = self.failures = self.group = self.barrier_group = self.heartbeat = None


_CURRENT = ProcessContext()


def current_context() -> ProcessContext:
    """Return the context of this process."""
    return _CURRENT
