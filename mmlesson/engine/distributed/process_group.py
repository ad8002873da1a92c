"""Several processes that train one model: how they meet, wait for each other, and end together.

A launcher (torchrun, SLURM, MPI) starts the same command once per process. On a GPU they talk by
NCCL, on CPUs by gloo. mmengine 0.10.7 cannot start without a GPU (dist/utils.py:130).
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from mmlesson.engine.distributed.heartbeat import BEAT_SECONDS, STORE_SECONDS, Heartbeat, ask_store
from mmlesson.engine.distributed.launcher_env import (
    refuse_lonely_copies,
    set_rank_env,
    use_interface_of_master,
)
from mmlesson.errors import RunError, UserError
from mmlesson.utils.device import resolve_device

TIMEOUT = 20.0
"""Seconds without an answer after which a process counts as hung. torchrun gives those that are
left 30 s to end, so that all have ended within a minute."""

PATIENCE = timedelta(days=1)
"""How long others wait, at most, for one that is alive: the first alone saves and draws."""

NCCL_GRACE = timedelta(seconds=15)

NO_ANSWER = (
    'Another process did not answer in time: it hangs, or the network is down. If it was only '
    'busy, allow more seconds with env_cfg.dist_cfg.timeout. Go on with --resume.'
)

_spoken: bool | None = None  # whether this process was the first to leave word; None: it has not

_LOST = ('closed by peer', 'reset by peer', 'broken pipe', 'pair.cc', 'timed out waiting')
_LOST_ON_GPU = ('ncclremoteerror', 'communicator was aborted', 'collective operation timeout')
_FAILURE, _FAILURES = 'failure', 'failures'

_store: Any = None  # where processes meet, and leave word of what ended them
_quick: Any = None  # group of all, over which small things are told: gloo, within the timeout
_patient: Any = None  # the same with patience
_heartbeat: Heartbeat | None = None


class PeerError(RunError):
    """Another process failed, and this one cannot go on alone."""


@contextmanager
def process_group(launcher: str) -> Iterator[None]:
    """Meet the processes that ``launcher`` started; what ends them is told once.

    An error leaves word in the store before it goes on its way, so that processes that lose their
    connection know why, and are silent.

    Args:
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.

    Raises:
        UserError: If the launcher has not started this process.
        PeerError: If another process ended without leaving word.
    """
    if launcher == 'none':
        refuse_lonely_copies()
        yield
        return
    join_process_group(launcher)
    try:
        yield
        barrier()
        _shutdown()
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
    """Meet the others, if that has not been done."""
    global _store
    if _store is not None:
        return
    set_rank_env(launcher)
    place = int(os.environ['RANK']), int(os.environ['WORLD_SIZE'])
    store, _, _ = next(rendezvous('env://', *place))
    # torchrun may keep one store over its restarts, with addresses in it that are gone.
    _store = PrefixStore(f'mmlesson/{os.environ.get("TORCHELASTIC_RESTART_COUNT", 0)}', store)


def connect(device: str, timeout: float | None = None) -> None:
    """Open the channels between the processes that have met, if that has not been done.

    Args:
        device: That they compute on, as a config spells it; each takes the GPU of its local rank.
        timeout: Seconds after which a process that does not answer counts as hung.

    Raises:
        UserError: If there are fewer GPUs than processes here, or all are to take the same one.
    """
    global _quick, _patient, _heartbeat
    if _store is None or _quick is not None:
        return
    if ':' in device:
        raise UserError(
            f"device '{device}' is one for all processes. Use --device cuda: each takes its own."
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
        store=PrefixStore('group', _store),
        rank=int(os.environ['RANK']),
        world_size=int(os.environ['WORLD_SIZE']),
        # NCCL ends the process when its time is up; gloo, with less, says first what is the matter.
        timeout=limit + NCCL_GRACE if on_gpu else limit,
    )
    _quick = dist.group.WORLD if backend == 'gloo' else dist.new_group(None, limit, 'gloo')
    _patient = dist.new_group(None, PATIENCE, 'gloo')
    _heartbeat = Heartbeat(_store, rank(), world_size(), limit.total_seconds())


def world_size() -> int:
    """Return how many processes are connected."""
    return dist.get_world_size() if _quick is not None else 1


def rank() -> int:
    """Return which of them this is."""
    return dist.get_rank() if _quick is not None else 0


def all_gather(value: Any) -> list[Any]:
    """Return each process's value, in the order of their ranks, to all of them."""
    if _quick is None:
        return [value]
    values: list[Any] = [None] * world_size()
    dist.all_gather_object(values, value, group=_quick)
    return values


def all_reduce_max(values: list[int]) -> list[int]:
    """Return the largest that any process has, for each place of the list."""
    if _quick is None:
        return values
    tensor = torch.tensor(values)
    dist.all_reduce(tensor, dist.ReduceOp.MAX, group=_quick)
    return [int(value) for value in tensor]


def broadcast(value: Any) -> Any:
    """Return the first process's value on all of them."""
    if _quick is None:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0, group=_quick)
    return box[0]


def barrier() -> None:
    """Wait until every process is here: the first may have saved or drawn meanwhile.

    However long that takes, as long as the hearts of all beat.
    """
    if _heartbeat is None:
        return
    arrival = dist.barrier(group=_patient, async_op=True)
    began = time.monotonic()
    while not arrival.is_completed():
        waited = time.monotonic() - began
        time.sleep(0.0005 if waited < 0.1 else 0.02)
        if waited > 2 * BEAT_SECONDS and _heartbeat.any_peer_stalled():
            _take_time_for_last_words()
            raise PeerError(NO_ANSWER)
    arrival.wait()


def explain_peer_failure(error: Exception) -> Exception:
    """Return the error; for a lost connection one that says which process was the first to fail."""
    if _store is None or isinstance(error, PeerError) or not _is_lost_peer(error):
        return error
    _take_time_for_last_words()
    word = _word_left()
    if word is not None:
        return PeerError(f'Another process failed: {word}')
    told = ' '.join(str(error).split())[:160]
    if 'tim' in told.lower() and 'out' in told.lower():
        return PeerError(f'{NO_ANSWER} ({told})')
    return PeerError(
        'The connection to another process was lost: it was killed (by a person, or for want of '
        f'memory), or the network is down. Go on with --resume. ({told})'
    )


def report_failure(error: Exception) -> bool:
    """Leave word of a failure, for the processes that it will end; tell if it is the first."""
    global _spoken
    if _store is None or _spoken is not None:
        return _spoken or False
    if isinstance(error, PeerError) and _word_left(0) is not None:
        _spoken = False
        return False

    def leave() -> bool:
        is_first = bool(_store.add(_FAILURES, 1) == 1)
        if is_first:
            _store.set(_FAILURE, f'rank {os.environ["RANK"]}: {type(error).__name__}: {error}')
        return is_first

    _spoken = ask_store(leave, otherwise=True)
    if _spoken and os.environ['RANK'] == '0' and 'TORCHELASTIC_RUN_ID' not in os.environ:
        atexit.register(time.sleep, STORE_SECONDS)  # the store lives here: let the others read
    return _spoken


def _shutdown() -> None:
    global _store, _quick, _patient, _heartbeat
    if _heartbeat is not None:
        _heartbeat.stop()
        dist.destroy_process_group()
    _store = _quick = _patient = _heartbeat = None


def _take_time_for_last_words() -> None:
    """Keep the signal off by which a launcher ends those that are left: they end by themselves."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _own_gpu() -> int:
    local_rank, count = int(os.environ['LOCAL_RANK']), torch.cuda.device_count()
    if count == 1 and 'SLURM_STEP_ID' in os.environ:
        return 0  # SLURM shows each task the GPU that it gave it
    if local_rank >= count:
        raise UserError(
            f'Each process takes a GPU of its own, and this machine has {count} for '
            f'{os.environ.get("LOCAL_WORLD_SIZE", "more")}. Start fewer, or use --device cpu.'
        )
    return local_rank


def _is_lost_peer(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(mark in text for mark in _LOST + _LOST_ON_GPU)


def _word_left(seconds: float = 2.0) -> str | None:
    """Return what the first process to fail left in the store, if it has within some seconds."""

    def look() -> str | None:
        end = time.monotonic() + seconds
        while not _store.check([_FAILURE]):
            if time.monotonic() >= end:
                return None
            time.sleep(0.05)
        return str(_store.get(_FAILURE).decode())

    return ask_store(look, otherwise=None)
