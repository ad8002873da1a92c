"""Context managers that silence mmengine and mmcv."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.logging import MMLogger


@contextmanager
def quiet_imports() -> Iterator[None]:
    """Suppress mmcv's warning that mmcv-lite has no compiled operators; nothing here needs them."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Fail to import', UserWarning)
        yield


@contextmanager
def quiet_mmengine() -> Iterator[None]:
    """Suppress messages about initialised parameters, searched registries and mmcv's operators."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('ERROR')
    try:
        with quiet_imports():
            yield
    finally:
        logger.setLevel(level)
