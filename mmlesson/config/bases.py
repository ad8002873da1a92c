"""A config against its base files: what a lesson says of its own."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmlesson.config.load import load_config

MISSING = '(not there)'


def merged_bases(path: str | Path) -> Config:
    """Return what the base files of a config say together; an empty config if it has none."""
    file = Path(path).resolve()
    names = _base_names(file)
    bases = [name if '::' in name else str(file.parent / name) for name in names]
    with tempfile.TemporaryDirectory() as folder:
        joined = Path(folder) / 'bases.py'
        joined.write_text(f'_base_ = {bases!r}\n', encoding='utf-8')
        return load_config(joined)


def _base_names(file: Path) -> list[str]:
    for node in ast.parse(file.read_text(encoding='utf-8')).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(one, ast.Name) and one.id == '_base_' for one in targets):
            names = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            return [names] if isinstance(names, str) else list(names)
    return []


def differences(config: Config, bases: Config) -> list[tuple[str, Any, Any]]:
    """Return where two configs differ: dotted key, value in ``bases``, value in ``config``."""
    old, new = dict(_flat(bases.to_dict())), dict(_flat(config.to_dict()))
    keys = [*new, *(key for key in old if key not in new)]
    pairs = [(key, old.get(key, MISSING), new.get(key, MISSING)) for key in keys]
    return [(key, before, now) for key, before, now in pairs if before != now]


def _flat(value: Any, start: str = '') -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and (value or not start):
        for key, item in value.items():
            yield from _flat(item, f'{start}.{key}' if start else str(key))
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for place, item in enumerate(value):
            yield from _flat(item, f'{start}.{place}')
    else:
        yield start, value
