"""Import errors of OpenMMLab toolboxes that refuse the installed version of a package.

mmdet 3.3 and others assert the version of mmcv when they are imported. mmpretrain 1.2
(models/utils/res_layer_extra_norm.py) imports mmdet if it is there, and expects an ``ImportError``
if not: with mmdet installed, no part of mmpretrain could be imported. `mmlesson.compat` lets the
toolboxes accept newer versions.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

TOOLBOXES = ('mmdet', 'mmseg', 'mmaction', 'mmocr')


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        try:
            super().exec_module(module)
        except AssertionError as err:
            raise ImportError(
                f"{err} Or add 'mmlesson.compat' to custom_imports, before {module.__name__}.",
                name=module.__name__,
            ) from err


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in TOOLBOXES else None
        if spec is None or spec.origin is None or type(spec.loader) is not SourceFileLoader:
            return None
        spec.loader = _Loader(fullname, spec.origin)
        return spec


def install() -> None:
    """Turn an ``AssertionError`` in the import of a toolbox into an ``ImportError``."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
