"""Heartbeat between ranks through the rendezvous store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

BEAT_SECONDS = 2.0
STORE_SECONDS = 4.0
"""Longest wait for a store whose host may have failed."""

T = TypeVar('T')


class Heartbeat:
    """Increments this rank's counter in the store from a background thread.

    `any_peer_stalled` watches the counters of the other ranks. A counter stops if its process is
    stopped or disconnected, but not if the process is busy.

    Args:
        store: Store that all ranks share.
        rank: Rank of this process.
        processes: Number of processes.
        limit: Seconds without an increment after which a rank counts as stalled.
    """

    def __init__(self, store: Any, rank: int, processes: int, limit: float) -> None:
        self._store, self._rank, self._limit = store, rank, limit
        self._others = [other for other in range(processes) if other != rank]
        self._seen: dict[int, tuple[int, float]] = {}
        self._looked = time.monotonic()
        self._end = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def stop(self) -> None:
        """Stop incrementing."""
        self._end.set()

    def any_peer_stalled(self) -> bool:
        """Return whether a counter of another rank has not changed for too long.

        The store is read at most every `BEAT_SECONDS`; between two reads False is returned.
        """
        now = time.monotonic()
        if now - self._looked < BEAT_SECONDS:
            return False
        self._looked = now
        counts = ask_store(self._counts, otherwise=[-1] * len(self._others))
        for other, count in zip(self._others, counts, strict=True):
            before, since = self._seen.get(other, (None, now))
            self._seen[other] = (count, since if count == before else now)
        return any(now - since > self._limit for _, since in self._seen.values())

    def _counts(self) -> list[int]:
        return [int(self._store.add(f'beat/{other}', 0)) for other in self._others]

    def _beat(self) -> None:
        with suppress(RuntimeError):  # the store disappears with the process that hosts it
            while not self._end.is_set():
                self._store.add(f'beat/{self._rank}', 1)
                self._end.wait(BEAT_SECONDS)


def ask_store(question: Callable[[], T], otherwise: T) -> T:
    """Return the result of a query to the store, or ``otherwise`` if it takes too long.

    Another process hosts the store, perhaps on another machine. Over a dead connection a query
    would block for a quarter of an hour.
    """
    answers: list[T] = []

    def ask() -> None:
        with suppress(RuntimeError):
            answers.append(question())

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(STORE_SECONDS)
    return answers[0] if answers else otherwise
