"""Tree of the components of a config: its dicts, with the classes built from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mmengine.config import Config
from mmengine.config.lazy import LazyAttr, LazyObject

from mmlesson.config.issues import Issue
from mmlesson.config.registry_lookup import UnknownTypeError, find_type, where
from mmlesson.config.schema import (
    DEFAULT_HOOKS,
    HOOK,
    NESTED,
    NEVER_NONE,
    SCHEMA,
    Slot,
    train_loop_type,
)
from mmlesson.errors import did_you_mean, shorten

Tree = dict[str, Any]
Scopes = tuple[str, ...]


@dataclass(frozen=True)
class Component:
    """A dict of a config and the class that is built from it.

    Args:
        path: Dotted key.
        config: The dict, as plain data.
        slot: Entry of the schema for this key.
        scopes: Scopes in which names are looked up.
        target: Class or function to build; None if ``type`` is unknown or missing.
        parent: Component whose class gets this one as an argument; None at the top level.
    """

    path: str
    config: Tree
    slot: Slot
    scopes: Scopes = ()
    target: Any = None
    parent: Component | None = None

    @property
    def name(self) -> str:
        """Name for messages."""
        return str(getattr(self.target, '__name__', self.config.get('type', self.path)))

    @property
    def package(self) -> str:
        """Top-level package of its class."""
        return str(getattr(self.target, '__module__', '')).partition('.')[0]

    @property
    def is_known(self) -> bool:
        """Whether its dicts are built unchanged: a user's class may add to them."""
        return self.package in ('mmlesson', 'mmpretrain', 'mmengine', 'torch', 'mmcv')


def plain_tree(config: Config) -> tuple[Tree, list[Issue]]:
    """Return a config as plain data, with classes for imported types, and failed imports."""
    issues: list[Issue] = []
    raw = object.__getattribute__(config, '_cfg_dict')
    names: set[str] = getattr(config, '_imported_names', set())
    tree = {key: _plain(value, key, issues) for key, value in dict.items(raw) if key not in names}
    return tree, issues


def _plain(value: Any, path: str, issues: list[Issue]) -> Any:
    if isinstance(value, LazyObject | LazyAttr):
        try:
            return value.build()
        except Exception as err:  # importing a module can raise any error
            issues.append(Issue(path, f'{value} cannot be imported: {where(err)}'))
            return None
    if isinstance(value, dict):  # ConfigDict.items() would build imported types
        return {str(k): _plain(v, f'{path}.{k}', issues) for k, v in dict.items(value)}
    if isinstance(value, list | tuple):
        items = [_plain(item, f'{path}.{index}', issues) for index, item in enumerate(value)]
        return tuple(items) if isinstance(value, tuple) else items
    if not _is_literal(value):
        issues.append(Issue(path, _NO_LITERAL.format(shorten(value, 60))))
    return value


_NO_LITERAL = (
    'must be a finite number, text, True, False, None, a list, a tuple or a dict: the config is '
    "saved with the run as text. Got {}. Name a class or a function, 'package.module.name', and "
    'convert anything else, or del a variable that is used up.'
)


MOST_BITS = 14_000  # of an int; Python converts no int of more than 4,300 digits to text


def _is_literal(value: Any) -> bool:
    """Return whether a value reads back from the text of a config as it is."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return value.bit_length() < MOST_BITS
    return value is None or isinstance(value, str)


class CachedTree:
    """The `ConfigTree` of a config, built on first use and again after `invalidate`.

    Args:
        config: Config, as read by mmengine.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._tree: ConfigTree | None = None
        self._unimported: list[Issue] = []

    @property
    def tree(self) -> ConfigTree:
        """Tree of the current config, provided that `invalidate` is called after each change."""
        if self._tree is None:
            plain, self._unimported = plain_tree(self._config)
            self._tree = ConfigTree(plain, self._config.filename)
        return self._tree

    @property
    def unimported(self) -> list[Issue]:
        """Issues of imported types that cannot be imported."""
        return self._unimported if self.tree else []

    def invalidate(self) -> None:
        """Discard the tree, because the config has changed."""
        self._tree = None


class ConfigTree:
    """Components of a config, and issues for unknown types.

    Args:
        tree: Config as plain data, see `plain_tree`.
        filename: Config file; classes are also searched for in its folder.

    Attributes:
        is_our_runner: Whether `LessonRunner` will run the config.
        issues: Issues for unregistered types, and for values that should be a dict or a list.
        components: Components by dotted key.
    """

    def __init__(self, tree: Tree, filename: str | None) -> None:
        self.tree = tree
        self.filename = filename
        runner = tree.get('runner_type')
        name = str(getattr(runner, '__name__', runner))
        self.is_our_runner = runner is None or name.endswith('LessonRunner')
        self.issues: list[Issue] = []
        scope = tree.get('default_scope', 'mmlesson')
        self._scopes = (scope if isinstance(scope, str) else 'mmengine',)
        self.components = {component.path: component for component in self._top()}

    def below(self, path: str) -> list[Component]:
        """Return the components at a key: itself, or the entries of a list."""
        own = self.components.get(path)
        return [own] if own else [n for p, n in self.components.items() if _is_entry(p, path)]

    def _top(self) -> Iterator[Component]:
        for key, slot in SCHEMA.items():
            value = self.tree.get(key)
            if key == 'default_hooks' and isinstance(value, dict):
                yield Component(key, value, slot)
                for name, hook in value.items():
                    yield from self._components(f'{key}.{name}', hook, HOOK, self._scopes, None)
            elif key == 'val_evaluator' or key == 'test_evaluator':
                yield from self._evaluator(key, value, slot)
            elif key in self.tree:
                yield from self._components(key, value, slot, self._scopes, None)

    def _evaluator(self, key: str, value: Any, slot: Slot) -> Iterator[Component]:
        """Yield the metrics of an evaluator: a metric, a list, or an Evaluator with ``metrics``."""
        if isinstance(value, dict) and 'metrics' in value:
            key, value = f'{key}.metrics', value['metrics']
        if value is not None:
            yield from self._components(key, value, slot, self._scopes, None)

    def _components(
        self, path: str, value: Any, slot: Slot, scopes: Scopes, parent: Component | None
    ) -> Iterator[Component]:
        is_top = parent is None or parent.slot.registry is None
        if isinstance(value, dict):
            if slot.is_list:
                self._report(path, f'must be a list of dict(type=...), got {shorten(value, 60)}.')
            yield from self._component(path, value, slot, scopes, parent)
        elif isinstance(value, list | tuple):
            is_inner = path.rpartition('.')[2].isdigit()
            if slot.is_list is False or (is_inner and slot.registry != 'TRANSFORMS'):
                self._report(path, f'must be a dict, got {shorten(value, 60)}.')
                return
            each = replace(slot, is_list=None)
            for position, item in enumerate(value):
                yield from self._components(f'{path}.{position}', item, each, scopes, parent)
        elif value is None and path not in NEVER_NONE and not path.rpartition('.')[2].isdigit():
            return
        elif isinstance(value, str | int | float | None) and (is_top or _is_item(path, parent)):
            wanted = 'a list of dict(type=...)' if slot.is_list else 'a dict'
            self._report(path, f'must be {wanted}, got {shorten(value)}.')

    def _component(
        self, path: str, config: Tree, slot: Slot, scopes: Scopes, parent: Component | None
    ) -> Iterator[Component]:
        scopes = self._scopes_of(config, scopes)
        target = self._target(path, config, slot, scopes, parent)
        component = Component(path, config, slot, scopes, target, parent)
        yield component
        for key, value in config.items():
            inner = NESTED.get((slot.registry, key))
            if inner is not None and slot.keys is None:
                yield from self._components(f'{path}.{key}', value, inner, scopes, component)

    def _scopes_of(self, config: Mapping[str, Any], scopes: Scopes) -> Scopes:
        """Return the scopes for nested names; ``in_own_scope`` adds that of the type."""
        own = [config.get('_scope_')]
        kind = config.get('type')
        if isinstance(kind, str) and kind.count('.') == 1:
            own.append(kind.partition('.')[0])
        added = [scope for scope in own if isinstance(scope, str)]
        return tuple(dict.fromkeys([*added, *scopes]))

    def _target(
        self, path: str, config: Tree, slot: Slot, scopes: Scopes, parent: Component | None
    ) -> Any:
        kind: Any = config.get('type', slot.default)
        if path == 'train_cfg':
            kind = train_loop_type(config, self.is_our_runner)
        if slot.keys is not None or kind is None:
            # A custom constructor may do without an optimizer's type.
            is_needed = slot.keys is None and (slot.needs_type or _builds_parts(parent, path))
            if is_needed and 'type' not in config:
                self._report(path, _no_type(path))
            elif slot.keys is None and 'type' in config:
                self._report(f'{path}.type', 'must be the name of a class, got None.')
            return None
        if not isinstance(kind, str):
            if not callable(kind):
                self._report(f'{path}.type', f'must be the name of a class, got {shorten(kind)}.')
                return None
            return kind
        try:
            return find_type(slot.registry or 'MODELS', kind, scopes, self.filename)
        except UnknownTypeError as err:
            self._report(f'{path}.type', str(err))
            return None

    def _report(self, path: str, message: str) -> None:
        self.issues.append(Issue(path, message))


_PARTS = ('backbone', 'neck', 'head', 'loss', 'loss_module', 'dataset', 'datasets', 'pipeline')


def _builds_parts(parent: Component | None, path: str) -> bool:
    """Return whether the class that gets a dict builds it by its type: a user's may not."""
    names = path.split('.')
    key = next(name for name in reversed(names) if not name.isdigit())
    if parent is None or not parent.is_known:
        return False
    # mmpretrain's models know a preprocessor of their own.
    return key in _PARTS or (key == 'data_preprocessor' and parent.package != 'mmpretrain')


def _is_item(path: str, parent: Component | None) -> bool:
    """Return whether a value is in a list from which a class of ours or upstream's builds."""
    return path.rpartition('.')[2].isdigit() and parent is not None and parent.is_known


def _no_type(path: str) -> str:
    start, _, name = path.rpartition('.')
    is_misspelt = start == 'default_hooks' and name not in DEFAULT_HOOKS
    near = did_you_mean(name, DEFAULT_HOOKS) if is_misspelt else ''
    return f"must have a type, as in dict(type='Name').{near}"


def _is_entry(path: str, start: str) -> bool:
    rest = path.removeprefix(f'{start}.').removeprefix('metrics.')
    return (path != rest and rest.isdigit()) or path == f'{start}.metrics'
