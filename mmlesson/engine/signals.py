"""Ctrl-C and SIGTERM: all processes save and exit after the same step."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from mmlesson.engine import distributed

KINDS = (signal.SIGINT, signal.SIGTERM)
SYNC_SECONDS = 0.5
MAX_STEPS_BETWEEN_SYNCS = 1000
SAME_SIGNAL_SECONDS = 2.0
"""Time in which two signals count as one, since launchers may forward a signal already received."""


class Interrupted(SystemExit):
    """A signal ended the run cleanly; the exit status is 128 + signal, as in shells."""


class Interrupts:
    """Records signals, and makes all processes stop after the same step.

    A signal reaches each process at a different time. If each stopped at once, one could wait
    forever in a step that another has not started. So they agree twice a second whether to stop.

    Args:
        logger: Logger for received signals.

    Attributes:
        agreed: Number of the signal to act on, or None.
    """

    def __init__(self, logger: Any) -> None:
        self._logger = logger
        self._noted: int | None = None
        self._noted_at = 0.0
        self.agreed: int | None = None
        self._steps, self._steps_left = 0, 1
        self._synced_at = time.monotonic()

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Record signals instead of exiting; a second signal ends the process at once."""
        try:
            before = {kind: signal.signal(kind, self.note) for kind in KINDS}
        except ValueError:  # signal handlers can be set only in the main thread
            before = {}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def poll(self, now: bool = False) -> bool:
        """Return whether to stop here; all processes must call this after each step.

        Args:
            now: Whether to communicate now; otherwise only twice a second.
        """
        if distributed.world_size() == 1:
            self.agreed = self._noted
            return self.agreed is not None
        self._steps += 1
        self._steps_left -= 1
        if not now and self._steps_left > 0:
            return False
        wanted, self._steps_left = distributed.all_reduce_max(
            [self._noted or 0, self._steps_to_next()]
        )
        self._steps, self._synced_at = 0, time.monotonic()
        self.agreed = wanted or None
        return self.agreed is not None

    def _steps_to_next(self) -> int:
        seconds = max(time.monotonic() - self._synced_at, 1e-6) / self._steps
        return max(1, min(int(SYNC_SECONDS / seconds), MAX_STEPS_BETWEEN_SYNCS))

    def note(self, number: int, _: FrameType | None = None) -> None:
        """Record a signal; used as the signal handler."""
        several = distributed.world_size() > 1
        grace = SAME_SIGNAL_SECONDS if several else 0.0
        if self._noted is not None and time.monotonic() - self._noted_at >= grace:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        if self._noted is None:
            self._noted, self._noted_at = number, time.monotonic()
            self._logger.warning(
                'Interrupted: finishing the step, then saving. Again: end at once.'
            )
