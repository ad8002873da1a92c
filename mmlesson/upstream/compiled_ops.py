"""Replacement for the compiled module ``mmcv._ext``, which mmcv-lite does not have."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any

from mmlesson.upstream import box_ops, deformable_ops

NAME = 'mmcv._ext'
OPERATORS: dict[str, Callable[..., Any]] = {
    name: value
    for module in (box_ops, deformable_ops)
    for name, value in vars(module).items()
    if isinstance(value, FunctionType) and value.__module__ == module.__name__
    if not name.startswith('_')
}
"""Operators of ``mmcv._ext`` that are available without it, by name."""


class _Operators(ModuleType):
    """Module with `OPERATORS`; any other operator raises an error when it is called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith('__'):
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        return OPERATORS.get(name) or _missing(name)


def _missing(name: str) -> Callable[..., Any]:
    def call(*_: Any, **__: Any) -> None:
        raise NotImplementedError(
            f'The operator {name!r} of mmcv is compiled, and mmcv-lite does not have it. '
            'Use a model without it, or install mmcv built for this version of torch.'
        )

    return call


def install() -> None:
    """Make ``mmcv._ext`` importable, unless the real one is installed."""
    if NAME in sys.modules or importlib.util.find_spec(NAME) is not None:
        return
    module = _Operators(NAME, __doc__)
    module.__spec__ = ModuleSpec(NAME, loader=None)
    sys.modules[NAME] = module
