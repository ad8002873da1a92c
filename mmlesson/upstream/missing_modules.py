"""Modules that the wheel of a toolbox imports but does not contain."""

from __future__ import annotations

import importlib.metadata
import sys
from types import ModuleType

DRN = 'mmaction.models.localizers.drn'


class _DRN:
    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError(
            'The wheel of mmaction2 1.2 does not contain DRN (mmaction2 issue 2714). '
            'Install mmaction2 from source to use it.'
        )


def install() -> None:
    """Add ``mmaction.models.localizers.drn`` if mmaction2 is installed without it."""
    try:
        files = importlib.metadata.files('mmaction2') or []
    except importlib.metadata.PackageNotFoundError:
        return
    if any(file.parts[:4] == tuple(DRN.split('.')) for file in files) or DRN in sys.modules:
        return
    package, module = ModuleType(DRN), ModuleType(f'{DRN}.drn')
    package.__path__ = []
    module.DRN = _DRN  # type: ignore[attr-defined]
    sys.modules.update({DRN: package, f'{DRN}.drn': module})
