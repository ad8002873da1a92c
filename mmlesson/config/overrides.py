"""Overrides of a config by dotted key."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mmengine.config import Config, ConfigDict

from mmlesson.config.argument_checks import known_names
from mmlesson.config.component_tree import CachedTree, Component
from mmlesson.config.provenance import Swap
from mmlesson.config.registry_lookup import UnknownTypeError, find_type
from mmlesson.config.schema import DEFAULT_HOOKS, KNOWN_KEYS
from mmlesson.config.signatures import signature_of
from mmlesson.errors import UserError, cut, shorten

_NOTHING: Any = object()


def merge_options(config: Config, options: Mapping[str, Any], cache: CachedTree) -> None:
    """Set values of a config by dotted key; ``custom_hooks.0.patience`` is an item of a list.

    A key must exist already, or be accepted by the class there or by the runner; any other is
    refused, and the nearest key is suggested. A leading '+' adds it anyway. A value keeps the type
    of the one it replaces: 1 becomes 1.0 if that was a float. If ``type`` changes, arguments that
    the new class does not accept are dropped, with a note on stderr.

    Raises:
        UserError: If a key is refused.
    """
    swaps = []
    keys = {written.removeprefix('+') for written in options}
    # Set types first, since the other keys apply to the new type.
    for written in sorted(options, key=lambda option: not option.endswith('.type')):
        key, value = written.removeprefix('+'), options[written]
        parts = key.split('.')
        old = _old_value(config, parts, cache, may_add=written != key)
        owner, old_type = _owner_of_type(key, old)
        _put(_raw(config), parts, _keep_kind(old, value))
        cache.invalidate()
        if old_type:
            said = keys | {f'{key}.{name}' for name in (value if isinstance(value, dict) else ())}
            swaps += list(_swap(config, owner, old_type, said))
    drop_swapped(config, swaps, cache)


def drop_swapped(config: Config, swaps: Iterable[Swap], cache: CachedTree) -> None:
    """Drop arguments that only the previous ``type`` accepts, with a note on stderr."""
    swaps = list(swaps)
    if not swaps:
        return
    tree = cache.tree
    for swap in swaps:
        component = tree.components.get(swap.key)
        if component is None or component.target is None or not component.slot.registry:
            continue
        names, is_open = known_names(component)
        old = _arguments(component, swap.old, config.filename)
        gone = [
            name
            for name in swap.inherited
            if name in component.config and name in old and name not in names and not is_open
        ]
        for name in gone:
            _get(_raw(config), swap.key.split('.')).pop(name)
        if gone:
            cache.invalidate()
            listed = ', '.join(gone)
            print(
                f'note: {swap.key}: dropped {listed}, which {swap.old} accepts and '
                f'{component.name} does not.',
                file=sys.stderr,
            )


def _old_value(config: Config, parts: Sequence[str], cache: CachedTree, may_add: bool) -> Any:
    """Return the value of a key, or `_NOTHING` if the key is absent and may be added."""
    value = _raw(config)
    if parts[0] not in KNOWN_KEYS and not may_add:
        raise UserError(_refusal(config, parts, 0, cache))
    for depth, part in enumerate(parts):
        if isinstance(value, list | tuple):
            value = _item(value, parts, depth)
        elif isinstance(value, dict) and part in value:
            value = dict.__getitem__(value, part)
        elif value is None and depth:
            return _NOTHING
        elif not isinstance(value, dict):
            above = '.'.join(parts[:depth])
            raise UserError(
                f'--cfg-options {cut(".".join(parts), 150)}: {cut(above, 150)} is '
                f'{shorten(value)}, not a dict.'
            )
        elif may_add or part in _names_at(cache, parts[:depth]):
            return _NOTHING
        else:
            raise UserError(_refusal(config, parts, depth, cache))
    return value


def _item(value: Sequence[Any], parts: Sequence[str], depth: int) -> Any:
    part, count = parts[depth], len(value)
    if not part.isdigit() or int(part) >= count:
        above = '.'.join(parts[:depth])
        raise UserError(
            f'--cfg-options {cut(".".join(parts), 150)}: {cut(above, 150)} is a list of '
            f'{count}, so {shorten(part)} must be a number below {count}.'
        )
    return value[int(part)]


def _names_at(cache: CachedTree, parts: Sequence[str]) -> Sequence[str]:
    """Return the keys that a dict accepts, according to the class built from it."""
    if not parts:
        return KNOWN_KEYS
    if list(parts) == ['default_hooks']:
        return tuple(DEFAULT_HOOKS)
    component = cache.tree.components.get('.'.join(parts))
    return known_names(component)[0] if component else ()


def _refusal(config: Config, parts: Sequence[str], depth: int, cache: CachedTree) -> str:
    above, rest = list(parts[:depth]), list(parts[depth + 1 :])
    tree, key = _raw(config), '.'.join(parts)
    inside = _get(tree, above)
    siblings = [*_names_at(cache, above), *(inside if depth else ())]
    near = [
        '.'.join([*above, name, *rest]) for name in get_close_matches(parts[depth], siblings, n=1)
    ]
    every = [known for known in _dotted(tree) if known.partition('.')[0] in KNOWN_KEYS]
    near += [known for known in every if known.rpartition('.')[2] == parts[-1]]
    near += get_close_matches(key, every, n=1, cutoff=0.75)
    hint = f' Did you mean {shorten(near[0], 200)}?' if near else ''
    is_variable = not depth and parts[0] in tree
    what = (
        'is a variable of the config file, and no key is computed from it.'
        if is_variable
        else 'is not a key of this config, and no class accepts it there.'
    )
    short = cut(key, 150)
    return f'--cfg-options {short} {what}{hint} To add it anyway, write +{short}=...'


def _dotted(value: Any, start: str = '') -> Iterator[str]:
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        items = dict.items(value)
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    for name, item in items:
        key = f'{start}.{name}' if start else str(name)
        yield key
        yield from _dotted(item, key)


def _put(node: Any, parts: Sequence[str], value: Any) -> Any:
    """Return ``node`` with ``value`` at a key, modified in place if possible."""
    if not parts:
        return _merged(node, value)
    if isinstance(node, list | tuple):
        items = list(node)
        items[int(parts[0])] = _put(items[int(parts[0])], parts[1:], value)
        return tuple(items) if isinstance(node, tuple) else items
    if not isinstance(node, dict):
        node = ConfigDict()
    node[parts[0]] = _put(dict.get(node, parts[0]), parts[1:], value)
    return node


def _merged(old: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    new = {key: item for key, item in value.items() if key != '_delete_'}
    if isinstance(old, dict) and not value.get('_delete_'):
        for key, item in new.items():
            old[key] = _put(dict.get(old, key), (), item)
        return old
    return ConfigDict(new)


def _keep_kind(old: Any, value: Any) -> Any:
    """Return ``value`` converted to the type of ``old`` if the conversion is lossless."""
    kind = type(value)
    if isinstance(old, bool):
        return bool(value) if kind is int and value in (0, 1) else value
    if isinstance(old, float) and kind is int:
        return float(value)
    if isinstance(old, int) and kind is float and value.is_integer():
        return int(value)
    if isinstance(old, str) and kind is int:
        return str(value)
    if isinstance(old, tuple) and kind is list:
        return tuple(value)
    return list(value) if isinstance(old, list) and kind is tuple else value


def _owner_of_type(key: str, old: Any) -> tuple[str, str | None]:
    """Return the dict whose ``type`` an option may change, and the type before the change."""
    owner, _, last = key.rpartition('.')
    kind = dict.get(old, 'type') if isinstance(old, dict) else old if last == 'type' else None
    return (key if isinstance(old, dict) else owner), kind if isinstance(kind, str) else None


def _swap(config: Config, owner: str, old: str, said: set[str]) -> Iterator[Swap]:
    now = _get(_raw(config), owner.split('.')) if owner else None
    if isinstance(now, dict) and now.get('type') != old:
        yield Swap(owner, old, tuple(name for name in now if f'{owner}.{name}' not in said))


def _arguments(component: Component, kind: str, filename: str | None) -> Iterable[str]:
    """Return the arguments of the previous class."""
    try:
        target = find_type(component.slot.registry or '', kind, component.scopes, filename)
    except UnknownTypeError:
        return ()
    return signature_of(target).parameters


def _get(tree: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        is_list = isinstance(tree, list | tuple)
        tree = tree[int(part)] if is_list else dict.__getitem__(tree, part)
    return tree


def _raw(config: Config) -> Any:
    return object.__getattribute__(config, '_cfg_dict')
