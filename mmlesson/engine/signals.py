"""Ctrl-C and SIGTERM: all processes save and end after the same step."""

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
SECONDS_BETWEEN_TALKS = 0.5
MOST_STEPS_BETWEEN_TALKS = 1000
SAME_SIGNAL_SECONDS = 2.0
"""Launchers pass a signal on that the processes may have got themselves."""


class Interrupted(SystemExit):
    """A signal ended the run in good order; exit status 128 + signal, as shells report it."""


class Interrupts:
    """Notes signals, and makes several processes act on one at the same step.

    A signal reaches each process at another moment. Were each to stop at once, one could wait for
    ever in a step that the other has not begun. So they talk about it, twice a second, and stop
    together.

    Args:
        logger: Told when a signal comes.

    Attributes:
        agreed: Number of the signal to act on, or None.
    """

    def __init__(self, logger: Any) -> None:
        self._logger = logger
        self._noted: int | None = None
        self._noted_at = 0.0
        self.agreed: int | None = None
        self._steps, self._steps_left = 0, 1
        self._talked_at = time.monotonic()

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note signals instead of ending; a second one ends at once."""
        try:
            before = {kind: signal.signal(kind, self.note) for kind in KINDS}
        except ValueError:  # only the main thread may; elsewhere signals are its business
            before = {}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def poll(self, now: bool = False) -> bool:
        """Tell whether to stop here; all processes call it after each step.

        Args:
            now: Talk about it here; otherwise when it is time to.
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
        self._steps, self._talked_at = 0, time.monotonic()
        self.agreed = wanted or None
        return self.agreed is not None

    def _steps_to_next(self) -> int:
        seconds = max(time.monotonic() - self._talked_at, 1e-6) / self._steps
        return max(1, min(int(SECONDS_BETWEEN_TALKS / seconds), MOST_STEPS_BETWEEN_TALKS))

    def note(self, number: int, _: FrameType | None = None) -> None:
        """Note a signal; it is what the operating system calls."""
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
