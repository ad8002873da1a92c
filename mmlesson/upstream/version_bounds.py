"""Imports of toolboxes that refuse a newer version of a package than they were released with."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.utils import digit_version

# Toolbox: packages that it compares with a bound while it is imported, and a version within it.
BOUNDS: dict[str, dict[str, str]] = {
    'mmdet': {'mmcv': '2.1.0'},
    'mmseg': {'mmcv': '2.1.0'},
    'mmaction': {'mmcv': '2.1.0'},
    'mmocr': {'mmcv': '2.1.0', 'mmdet': '3.1.0'},
    'mmagic': {'mmcv': '2.1.0'},
}


@contextmanager
def at_most(name: str, version: str) -> Iterator[None]:
    """Let a package report ``version`` if its own is newer."""
    package: Any = importlib.import_module(name)
    actual = package.__version__
    if digit_version(actual) > digit_version(version):
        package.__version__ = version
    try:
        yield
    finally:
        package.__version__ = actual


def import_toolboxes() -> None:
    """Import the top-level module of each installed toolbox, which does no more than compare."""
    for toolbox in BOUNDS:
        if toolbox not in sys.modules and importlib.util.find_spec(toolbox) is not None:
            _import(toolbox, list(BOUNDS[toolbox].items()))


def _import(toolbox: str, bounds: list[tuple[str, str]]) -> None:
    if not bounds:
        importlib.import_module(toolbox)
        return
    with at_most(*bounds[0]):
        _import(toolbox, bounds[1:])
