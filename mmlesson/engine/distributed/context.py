"""`ProcessContext`: this process's connection to the other processes of a run."""

from __future__ import annotations

import atexit
import os
import time
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from mmlesson.engine.distributed.heartbeat import BEAT_SECONDS, STORE_SECONDS, Heartbeat
from mmlesson.engine.distributed.launcher_env import set_rank_env, use_interface_of_master
from mmlesson.engine.distributed.peer_failure import (
    NO_ANSWER,
    PeerError,
    describe_lost_connection,
    ignore_launcher_signal,
    is_lost_connection,
    record_failure,
    recorded_failure,
)
from mmlesson.errors import UserError
from mmlesson.utils.device import resolve_device

TIMEOUT = 20.0
"""Seconds without a response after which a process counts as hung. torchrun gives the remaining
processes 30 s to exit, so that all have ended within a minute."""

PATIENCE = timedelta(days=1)
"""Longest wait for a process that is alive, such as rank 0 while it saves or draws."""

NCCL_GRACE = timedelta(seconds=15)


class ProcessContext:
    """Connection of one process to the others, and the collectives over it.

    Without a launcher there is one process: its rank is 0, and collectives return at once.
    """

    def __init__(self) -> None:
        self._store: Any = None  # rendezvous store; also holds the first failure and heartbeats
        self._group: Any = None  # gloo group of all processes, within the timeout
        self._patient_group: Any = None  # the same processes, with a long timeout
        self._heartbeat: Heartbeat | None = None
        self._reported: bool | None = None  # whether this rank failed first; None without a failure

    def join(self, launcher: str) -> None:
        """Meet the processes started by ``launcher``; do nothing if called again.

        Args:
            launcher: Launcher: 'pytorch', 'slurm' or 'mpi'.
        """
        if self._store is not None:
            return
        set_rank_env(launcher)
        place = int(os.environ['RANK']), int(os.environ['WORLD_SIZE'])
        store, _, _ = next(rendezvous('env://', *place))
        # torchrun may keep one store across restarts, with addresses that are no longer valid.
        restart = os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)
        self._store = PrefixStore(f'mmlesson/{restart}', store)

    def connect(self, device: str, timeout: float | None = None) -> None:
        """Create the process groups after `join`; do nothing if called again.

        Args:
            device: Device of the run, as written in a config; each process uses the GPU of its
                local rank.
            timeout: Seconds after which a process that does not answer counts as hung.

        Raises:
            UserError: If there are fewer GPUs than processes, or all would use the same GPU.
        """
        if self._store is None or self._group is not None:
            return
        if ':' in device:
            raise UserError(
                f"device '{device}' is a single device for all processes. Use --device cuda: each "
                'process takes its own.'
            )
        on_gpu = resolve_device(device).type == 'cuda'
        if on_gpu:
            torch.cuda.set_device(_own_gpu())
        torch.set_num_threads(int(os.environ['OMP_NUM_THREADS']))
        limit = timedelta(seconds=timeout or TIMEOUT)
        backend = 'nccl' if on_gpu else 'gloo'
        use_interface_of_master()
        dist.init_process_group(
            backend,
            store=PrefixStore('group', self._store),
            rank=int(os.environ['RANK']),
            world_size=int(os.environ['WORLD_SIZE']),
            # NCCL aborts the process at its timeout; gloo's is shorter, so its error comes first.
            timeout=limit + NCCL_GRACE if on_gpu else limit,
        )
        self._group = dist.group.WORLD if backend == 'gloo' else dist.new_group(None, limit, 'gloo')
        self._patient_group = dist.new_group(None, PATIENCE, 'gloo')
        self._heartbeat = Heartbeat(self._store, self.rank, self.world_size, limit.total_seconds())

    def close(self) -> None:
        """Leave the process group and return to a single process."""
        if self._heartbeat is not None:
            self._heartbeat.stop()
            dist.destroy_process_group()
        self._store = self._group = self._patient_group = self._heartbeat = self._reported = None

    @property
    def world_size(self) -> int:
        """Number of connected processes."""
        return dist.get_world_size() if self._group is not None else 1

    @property
    def rank(self) -> int:
        """Rank of this process."""
        return dist.get_rank() if self._group is not None else 0

    def all_gather(self, value: Any) -> list[Any]:
        """Return the values of all ranks, in rank order, on every rank."""
        if self._group is None:
            return [value]
        values: list[Any] = [None] * self.world_size
        dist.all_gather_object(values, value, group=self._group)
        return values

    def all_reduce_max(self, values: list[int]) -> list[int]:
        """Return the element-wise maximum over the ranks."""
        if self._group is None:
            return values
        tensor = torch.tensor(values)
        dist.all_reduce(tensor, dist.ReduceOp.MAX, group=self._group)
        return [int(value) for value in tensor]

    def broadcast(self, value: Any) -> Any:
        """Return rank 0's value on every rank."""
        if self._group is None:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0, group=self._group)
        return box[0]

    def barrier(self) -> None:
        """Wait until every rank arrives, without a timeout as long as all heartbeats continue.

        Rank 0 may save or draw in the meantime.

        Raises:
            PeerError: If the heartbeat of another rank stops.
        """
        if self._heartbeat is None:
            return
        arrival = dist.barrier(group=self._patient_group, async_op=True)
        began = time.monotonic()
        while not arrival.is_completed():
            waited = time.monotonic() - began
            time.sleep(0.0005 if waited < 0.1 else 0.02)
            if waited > 2 * BEAT_SECONDS and self._heartbeat.any_peer_stalled():
                ignore_launcher_signal()
                raise PeerError(NO_ANSWER)
        arrival.wait()

    def explain_failure(self, error: Exception) -> Exception:
        """Return the error, or for a lost connection one that names the rank that failed first."""
        if self._store is None or isinstance(error, PeerError) or not is_lost_connection(error):
            return error
        ignore_launcher_signal()
        return describe_lost_connection(error, recorded_failure(self._store))

    def report_failure(self, error: Exception) -> bool:
        """Record a failure for the other ranks; return whether it is the first of the run."""
        if self._store is None or self._reported is not None:
            return self._reported or False
        if isinstance(error, PeerError) and recorded_failure(self._store, 0) is not None:
            self._reported = False
            return False
        self._reported = record_failure(self._store, error)
        if self._reported and os.environ['RANK'] == '0' and 'TORCHELASTIC_RUN_ID' not in os.environ:
            # This process hosts the store: keep it alive until the other ranks have read it.
            atexit.register(time.sleep, STORE_SECONDS)
        return self._reported


def _own_gpu() -> int:
    local_rank, count = int(os.environ['LOCAL_RANK']), torch.cuda.device_count()
    if count == 1 and 'SLURM_STEP_ID' in os.environ:
        return 0  # SLURM makes only the assigned GPU visible to each task
    if local_rank >= count:
        raise UserError(
            f'Each process needs its own GPU, but this machine has {count} for '
            f'{os.environ.get("LOCAL_WORLD_SIZE", "more")}. Start fewer, or use --device cpu.'
        )
    return local_rank
