"""Command-line options that set variables of config files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmlesson.config.load import read_values
from mmlesson.config.schema import KNOWN_KEYS
from mmlesson.config.source_files import ConfigFile, assigned_names
from mmlesson.errors import UserError, cut

_NOTHING: Any = object()


def expand_variables(
    path: str | None, files: Sequence[ConfigFile], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return options in which those that set a variable also set the values computed from it.

    The config is read with the variables and without them, and what differs is set. With
    ``data_root = 'data'`` and ``dataset = dict(root=data_root)`` in a config, ``data_root=x`` sets
    ``dataset.root`` too. Other options win, and so do values that a file sets over its bases: an
    option that changes nothing is returned as it is.

    Args:
        path: Config file.
        files: It and its bases.
        options: Dotted keys and values.

    Raises:
        UserError: If the config cannot be read with these values, or lacks a key then.
    """
    assigned = set().union(*map(assigned_names, files)) - set(KNOWN_KEYS)
    variables = {key: value for key, value in options.items() if key.partition('.')[0] in assigned}
    if not variables or path is None:
        return dict(options)
    others = {key: value for key, value in options.items() if key not in variables}
    before = read_values(Path(path)).to_dict()
    try:
        after = read_values(Path(path), variables).to_dict()
        if before.keys() - after.keys():
            gone = ', '.join(sorted(before.keys() - after.keys()))
            raise UserError(f'{gone} would not be set. Change a copy of the config instead.')
    except UserError as err:
        raise UserError(f'--cfg-options {cut(", ".join(variables), 150)}: {err}') from err
    changed = dict(_differences(before, after))
    expanded = {}
    for key, value in changed.items():
        expanded[key if key.partition('.')[0] in KNOWN_KEYS else f'+{key}'] = value
    is_used = any(key.partition('.')[0] in KNOWN_KEYS for key in changed)
    return {**(expanded if is_used or not changed else variables), **others}


def _differences(before: Any, after: Any, key: str = '') -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values of ``after`` that ``before`` does not have."""
    for name, old, new in _pairs(before, after):
        inner = f'{key}.{name}' if key else str(name)
        if _alike(old, new):
            yield from _differences(old, new, inner)
        elif old is _NOTHING or type(old) is not type(new) or old != new:
            yield inner, {**new, '_delete_': True} if isinstance(new, dict) else new


def _pairs(before: Any, after: Any) -> Iterator[tuple[Any, Any, Any]]:
    if isinstance(after, dict):
        yield from ((name, before.get(name, _NOTHING), new) for name, new in after.items())
    else:
        yield from ((i, *pair) for i, pair in enumerate(zip(before, after, strict=True)))


def _alike(old: Any, new: Any) -> bool:
    """Return whether two values are dicts, the first without other keys, or as many dicts."""
    if isinstance(old, dict) and isinstance(new, dict):
        return not old.keys() - new.keys()
    is_list = isinstance(new, list | tuple) and type(old) is type(new) and len(old) == len(new)
    return is_list and any(isinstance(item, dict) for item in new)
