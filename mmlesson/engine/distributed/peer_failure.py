"""Failures of other processes: recognising, explaining and reporting them once."""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from typing import Any

from mmlesson.engine.distributed.heartbeat import STORE_SECONDS, ask_store
from mmlesson.errors import RunError

NO_ANSWER = (
    'Another process did not answer in time: it hangs, or the network is down. If it was only '
    'busy, set a longer timeout with env_cfg.dist_cfg.timeout. Continue with --resume.'
)

_LOST_CONNECTION = (
    'closed by peer',
    'reset by peer',
    'broken pipe',
    'pair.cc',
    'timed out waiting',
)
_LOST_NCCL = ('ncclremoteerror', 'communicator was aborted', 'collective operation timeout')
_MESSAGE_KEY, _COUNT_KEY = 'failure', 'failures'


class PeerError(RunError):
    """Another process failed, and this one cannot continue alone."""


class FailureReporter:
    """Explains and reports failures through the store that all processes share.

    The first process that fails writes its error to the store; the others read it there, and end
    without a message of their own.

    Args:
        store: ``torch.distributed`` store of all processes.
        rank: Rank of this process.
    """

    def __init__(self, store: Any, rank: int) -> None:
        self._store = store
        self._rank = rank
        self._is_first: bool | None = None  # None until this process reports a failure

    def explain(self, error: Exception) -> Exception:
        """Return the error; for a lost connection, a `PeerError` that names the first failure."""
        if isinstance(error, PeerError) or not is_lost_connection(error):
            return error
        ignore_sigterm()
        message = self._read_message()
        if message is not None:
            return PeerError(f'Another process failed: {message}')
        detail = ' '.join(str(error).split())[:160]
        if 'tim' in detail.lower() and 'out' in detail.lower():
            return PeerError(f'{NO_ANSWER} ({detail})')
        return PeerError(
            'The connection to another process was lost: it was killed (by a user, or because '
            f'memory ran out), or the network is down. Continue with --resume. ({detail})'
        )

    def report(self, error: Exception) -> bool:
        """Write the error to the store unless another process has; return whether it is the first.

        A second call returns the answer of the first call and writes nothing.
        """
        if self._is_first is not None:
            return self._is_first
        if isinstance(error, PeerError) and self._read_message(0) is not None:
            self._is_first = False
            return False

        def write() -> bool:
            is_first = bool(self._store.add(_COUNT_KEY, 1) == 1)
            if is_first:
                message = f'rank {self._rank}: {type(error).__name__}: {error}'
                self._store.set(_MESSAGE_KEY, message)
            return is_first

        self._is_first = ask_store(write, otherwise=True)
        if self._is_first and self._rank == 0 and 'TORCHELASTIC_RUN_ID' not in os.environ:
            # This process serves the store: give the others time to read the message.
            atexit.register(time.sleep, STORE_SECONDS)
        return self._is_first

    def _read_message(self, seconds: float = 2.0) -> str | None:
        """Return the first failure's message, or None if none appears within ``seconds``."""

        def read() -> str | None:
            end = time.monotonic() + seconds
            while not self._store.check([_MESSAGE_KEY]):
                if time.monotonic() >= end:
                    return None
                time.sleep(0.05)
            return str(self._store.get(_MESSAGE_KEY).decode())

        return ask_store(read, otherwise=None)


def is_lost_connection(error: Exception) -> bool:
    """Return whether torch raised ``error`` because another process is gone or silent."""
    text = str(error).lower()
    is_runtime_error = isinstance(error, RuntimeError)
    return is_runtime_error and any(mark in text for mark in _LOST_CONNECTION + _LOST_NCCL)


def ignore_sigterm() -> None:
    """Ignore the signal by which a launcher ends the remaining processes.

    They end by themselves, after their error has been explained.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
