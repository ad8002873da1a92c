"""Garbage collection beside the million objects of imported libraries."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the search for reference cycles.

    Creating ten thousand results starts several searches through all objects of torch, which take
    longer than the results. Objects without cycles are freed as before.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def exempt_imports() -> None:
    """Leave all present objects out of the search for reference cycles until the process ends.

    For a command, once its imports are done: when Python ends, it searches through all objects of
    torch several times, which takes a second. What is made afterwards is collected as before.
    """
    gc.freeze()
