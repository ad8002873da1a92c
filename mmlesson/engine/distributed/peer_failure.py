"""Failures of other processes, recorded and detected through the rendezvous store."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

from mmlesson.engine.distributed.heartbeat import ask_store
from mmlesson.errors import RunError

NO_ANSWER = (
    'Another process did not answer in time: it hangs, or the network is down. If it was only '
    'busy, allow more seconds with env_cfg.dist_cfg.timeout. Continue with --resume.'
)

_LOST = ('closed by peer', 'reset by peer', 'broken pipe', 'pair.cc', 'timed out waiting')
_LOST_ON_GPU = ('ncclremoteerror', 'communicator was aborted', 'collective operation timeout')
_FIRST, _COUNT = 'failure', 'failures'


class PeerError(RunError):
    """Another process failed, and this one cannot continue alone."""


def record_failure(store: Any, error: Exception) -> bool:
    """Record a failure in the store for the other ranks; return whether it is the first one.

    If the store cannot be reached, the failure counts as the first, so that it is printed.
    """

    def record() -> bool:
        is_first = bool(store.add(_COUNT, 1) == 1)
        if is_first:
            store.set(_FIRST, f'rank {os.environ["RANK"]}: {type(error).__name__}: {error}')
        return is_first

    return ask_store(record, otherwise=True)


def recorded_failure(store: Any, seconds: float = 2.0) -> str | None:
    """Return the first recorded failure, or None if there is none within ``seconds``."""

    def look() -> str | None:
        end = time.monotonic() + seconds
        while not store.check([_FIRST]):
            if time.monotonic() >= end:
                return None
            time.sleep(0.05)
        return str(store.get(_FIRST).decode())

    return ask_store(look, otherwise=None)


def is_lost_connection(error: Exception) -> bool:
    """Return whether an error of a collective means that another process is gone."""
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(mark in text for mark in _LOST + _LOST_ON_GPU)


def describe_lost_connection(error: Exception, failure: str | None) -> PeerError:
    """Return an error that states why the connection was lost.

    Args:
        error: Error raised by the collective.
        failure: Failure recorded by another rank, or None.
    """
    if failure is not None:
        return PeerError(f'Another process failed: {failure}')
    text = ' '.join(str(error).split())[:160]
    if 'tim' in text.lower() and 'out' in text.lower():
        return PeerError(f'{NO_ANSWER} ({text})')
    return PeerError(
        'The connection to another process was lost: it was killed (by a person, or because memory '
        f'ran out), or the network is down. Continue with --resume. ({text})'
    )


def ignore_launcher_signal() -> None:
    """Ignore the launcher's SIGTERM to the remaining processes; this one exits by itself."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
