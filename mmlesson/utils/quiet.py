"""Silence mmengine while something is built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.logging import MMLogger


@contextmanager
def quiet_mmengine() -> Iterator[None]:
    """Keep mmengine from logging how each parameter was initialised and each registry searched."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('ERROR')
    try:
        yield
    finally:
        logger.setLevel(level)
