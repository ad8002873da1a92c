"""Provenance of config values: file and line, or the command line."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mmlesson.config.source_files import ConfigFile, load_data, shown

COMMAND_LINE = 'command line'


@dataclass(frozen=True)
class Setting:
    """An assignment to a dotted key.

    Args:
        key: Dotted key, with list indices as numbers.
        line: Line number; None if unknown.
        text: The value, if it is a string.
        replaces: Whether earlier values below this key are discarded: if the value is not a dict,
            or has ``_delete_=True``.
    """

    key: str
    line: int | None
    text: str | None = None
    replaces: bool = True


@dataclass(frozen=True)
class Swap:
    """A change of a ``type`` by a file, relative to its bases.

    Args:
        key: Dotted key of the dict.
        old: Type in the bases.
        inherited: Keys of the dict that only the bases set.
    """

    key: str
    old: str
    inherited: tuple[str, ...]


class Provenance:
    """Sources of dotted keys, collected over a chain of files.

    Args:
        files: Source files, bases first, see `source_files`.
        options: Dotted keys set on the command line.
    """

    def __init__(self, files: Iterable[ConfigFile], options: Iterable[str] = ()) -> None:
        self._sources: dict[str, str] = {}
        self._texts: dict[str, str | None] = {}
        self.swaps: list[Swap] = []
        for file in files:
            self._add(shown(file.path), list(_settings(file)))
        for key in options:
            self._clear(key)
            self._sources[key] = COMMAND_LINE

    def source(self, key: str) -> str | None:
        """Return 'file:line' or 'command line' for a dotted key, or its nearest known parent."""
        while key:
            if key in self._sources:
                return self._sources[key]
            key = key.rpartition('.')[0]
        return None

    def _add(self, file: str, settings: list[Setting]) -> None:
        before = dict(self._texts)
        own = {setting.key for setting in settings}
        for change in settings:
            if change.replaces:
                self._clear(change.key)
            self._sources[change.key] = f'{file}:{change.line}' if change.line else file
            self._texts[change.key] = change.text
        for change in settings:
            dict_key, _, last = change.key.rpartition('.')
            old = before.get(change.key)
            if last == 'type' and change.text and old and change.text != old and dict_key:
                self.swaps.append(Swap(dict_key, old, self._inherited(dict_key, own)))

    def _inherited(self, key: str, own: set[str]) -> tuple[str, ...]:
        below = [known[len(key) + 1 :] for known in self._sources if known.startswith(f'{key}.')]
        names = dict.fromkeys(name for name in below if '.' not in name)
        return tuple(name for name in names if f'{key}.{name}' not in own)

    def _clear(self, key: str) -> None:
        for table in (self._sources, self._texts):
            for known in [known for known in table if known.startswith(f'{key}.')]:
                del table[known]


def _settings(file: ConfigFile) -> Iterator[Setting]:
    if file.tree is None:
        data = load_data(file.path)
        yield from (Setting(key, None, replaces=not isinstance(data[key], dict)) for key in data)
        return
    known: dict[str, list[Setting]] = {}
    for statement in _statements(file.tree.body):
        for key, value in _assignments(statement):
            top, _, below = key.partition('.')
            is_new = not below and not isinstance(statement, ast.Expr)
            found = list(_of_value(key, value, known))
            if is_new and file.is_lazy:  # in lazy configs a second assignment discards the first
                found[0] = replace(found[0], replaces=True)
            known[top] = found if is_new else [*known.get(top, []), *found]
    for settings in known.values():
        yield from settings


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for name in ('body', 'orelse'):
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.With):
                yield from _statements(getattr(statement, name, []))


def _assignments(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield (dotted key, value) of ``a = ...``, ``a['b'] = ...``, ``a.b = ...``, ``a.update()``."""
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
        targets, value = [node.target], node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Attribute) and call.func.attr == 'update':
            targets, value = [call.func.value], call.args[0] if call.args else call
        else:
            return
    else:
        return
    for target in targets:
        key = _dotted(target)
        if key and not key.startswith('__') and key != '_base_':
            yield key.removeprefix('_base_.'), value


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        above, last = _dotted(node.value), node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        above, last = _dotted(node.value), str(node.slice.value)
    else:
        return None
    return f'{above}.{last}' if above else None


def _of_value(key: str, node: ast.expr, known: Mapping[str, list[Setting]]) -> Iterator[Setting]:
    items = _items(node)
    is_dict = items is not None and not isinstance(node, ast.List | ast.Tuple)
    deletes = any(name == '_delete_' for name, _ in items or ())
    text = _text(node)
    yield Setting(key, node.lineno, text, replaces=not is_dict or deletes)
    if isinstance(node, ast.Name):  # val_evaluator = test_evaluator: nested values are shared
        for change in known.get(node.id, [])[1:]:
            below = change.key.removeprefix(node.id)
            yield Setting(f'{key}{below}', change.line, change.text, change.replaces)
    for name, item in items or ():
        if name != '_delete_':
            yield from _of_value(f'{key}.{name}', item, known)


def _items(node: ast.expr) -> list[tuple[str, ast.expr]] | None:
    """Return the items of a dict or list literal; None for anything else."""
    if isinstance(node, ast.Dict):
        pairs: list[tuple[Any, ast.expr]] = list(zip(node.keys, node.values, strict=True))
        return [(str(k.value), v) for k, v in pairs if isinstance(k, ast.Constant)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        is_dict = isinstance(node.func, ast.Name) and node.func.id == 'dict'
        is_update = isinstance(node.func, ast.Attribute) and node.func.attr == 'update'
        if is_dict or is_update:
            return [(word.arg, word.value) for word in node.keywords if word.arg]
    if isinstance(node, ast.List | ast.Tuple):
        return [(str(index), item) for index, item in enumerate(node.elts)]
    return None


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return node.id if isinstance(node, ast.Name) else None
