"""Warnings for names of modules that two packages have registered."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.registry import Registry

from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.errors import shorten
from mmlesson.registry import LessonRegistry


def name_clashes(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue for each type of a config whose name has been registered twice.

    Either ``force=True`` has replaced a module, or a package of ``custom_imports`` has registered
    the name in another registry than that in which the config finds it.

    Args:
        tree: Components of the config; the modules of ``custom_imports`` have been imported.
    """
    custom = tree.tree.get('custom_imports')
    names = custom.get('imports') if isinstance(custom, Mapping) else None
    names = [names] if isinstance(names, str) else names or []
    packages = {str(name).partition('.')[0] for name in names}
    for component in tree.components.values():
        kind, target = component.config.get('type'), component.target
        if isinstance(kind, str) and target is not None and component.slot.registry:
            others = list(_others(component, kind.rpartition('.')[2], packages))
            if others:
                yield Issue(f'{component.path}.type', _message(kind, target, others[0]))


def _others(component: Component, name: str, packages: set[str]) -> Iterator[Any]:
    """Yield modules of this name that the component is not built from."""
    roots = importlib.import_module('mmengine.registry')
    root = getattr(roots, component.slot.registry or '')
    replaced = LessonRegistry.replaced.get((root.name, name))
    found = [] if replaced is None else [replaced]
    if '.' not in str(component.config['type']):  # a scope says which of them is meant
        found += [m for m in _in_tree(root, name) if _package(m) in packages]
    yield from (module for module in found if module is not component.target)


def _in_tree(registry: Registry, name: str) -> Iterator[Any]:
    if name in registry.module_dict:
        yield registry.module_dict[name]
    for child in registry.children.values():
        yield from _in_tree(child, name)


def _package(module: Any) -> str:
    return str(getattr(module, '__module__', '')).partition('.')[0]


def _message(kind: str, used: Any, other: Any) -> str:
    return (
        f'{shorten(kind)} is registered by two modules: {used.__module__}, which is used, and '
        f'{other.__module__}. Rename one of them.'
    )
