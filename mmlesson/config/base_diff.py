"""Differences between a config and its base files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmlesson.config.load import read_config
from mmlesson.config.source_files import base_names, resolve_config_path, source_files

MISSING = '(not set)'


def merged_bases(path: str | Path) -> Config:
    """Return the merged base files of a config; an empty config if it has none."""
    file = source_files(path)[-1]
    bases = [file.path.parent / resolve_config_path(name) for name, _ in base_names(file)]
    merged: dict[str, Any] = {}
    for base in bases:
        merged |= read_config(base)[0].to_dict()  # two bases never share a key
    return Config(merged)


def differences(config: Config, bases: Config) -> list[tuple[str, Any, Any]]:
    """Return the differences of two configs: dotted key, value in ``bases`` and in ``config``."""
    old, new = dict(flat(bases.to_dict())), dict(flat(config.to_dict()))
    keys = [*new, *(key for key in old if key not in new)]
    pairs = [(key, old.get(key, MISSING), new.get(key, MISSING)) for key in keys]
    return [(key, before, now) for key, before, now in pairs if before != now]


def flat(value: Any, start: str = '') -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values; a list is a single value unless it contains only dicts."""
    if isinstance(value, dict) and (value or not start):
        for key, item in value.items():
            yield from flat(item, f'{start}.{key}' if start else str(key))
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from flat(item, f'{start}.{index}')
    else:
        yield start, value
