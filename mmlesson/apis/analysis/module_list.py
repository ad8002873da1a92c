"""Lists of the registered modules and of the figures, with one line on each."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from mmengine.registry import Registry

from mmlesson import registry
from mmlesson.errors import check_choice

REGISTRIES: dict[str, Registry] = {
    'models': registry.MODELS,
    'losses': registry.MODELS,
    'datasets': registry.DATASETS,
    'hooks': registry.HOOKS,
    'metrics': registry.METRICS,
}
KINDS = (*REGISTRIES, 'figures')


def describe_modules(kind: str) -> dict[str, str]:
    """Return the first line of the docstring of each module of mmlesson, by name.

    Args:
        kind: One of `KINDS`.

    Raises:
        ArgumentError: If there is no such kind.
    """
    check_choice('describe_modules', 'kind', kind, KINDS)
    lines = {name: _first_line(module) for name, module in sorted(_modules(kind).items())}
    if kind == 'figures':
        from mmlesson.visualization.figures.on_request import EXTRA_FIGURES

        lines |= {name: f'{lines[name]} Drawn only if named.' for name in EXTRA_FIGURES}
    return lines


def _modules(kind: str) -> dict[str, Callable[..., Any]]:
    if kind == 'figures':
        from mmlesson.visualization.figures.on_request import ALL_FIGURES

        return dict(ALL_FIGURES)
    REGISTRIES[kind].import_from_location()
    modules = dict(REGISTRIES[kind].module_dict)
    if kind in ('models', 'losses'):
        losses = {n for n, module in modules.items() if module.__module__.endswith('.losses')}
        return {n: module for n, module in modules.items() if (n in losses) == (kind == 'losses')}
    return modules


def _first_line(module: Callable[..., Any]) -> str:
    return (inspect.getdoc(module) or '').partition('\n')[0]
