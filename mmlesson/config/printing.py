"""A config as text, with the source of each value."""

from __future__ import annotations

from collections.abc import Sequence

from mmlesson.config.base_diff import MISSING, differences, flat, merged_bases
from mmlesson.config.loaded import LoadedConfig
from mmlesson.config.source_files import resolve_config_path

_WIDEST = 72


def explain_config(loaded: LoadedConfig) -> str:
    """Return one line per value: dotted key, value, file and line or 'command line'."""
    values = [(key, f'{key} = {value!r}') for key, value in flat(loaded.config.to_dict())]
    return _with_sources(values, loaded)


def explain_differences(loaded: LoadedConfig) -> str:
    """Return one line per value in which a config differs from its base files."""
    config = loaded.config
    found = differences(config, merged_bases(resolve_config_path(config.filename)))
    values = [(key, f'{key}: {_shown(before)} -> {_shown(now)}') for key, before, now in found]
    return _with_sources(values, loaded)


def _shown(value: object) -> str:
    return MISSING if value == MISSING else repr(value)


def _with_sources(values: Sequence[tuple[str, str]], loaded: LoadedConfig) -> str:
    provenance = loaded.provenance
    width = min(_WIDEST, max((len(text) for _, text in values), default=0))
    lines = [f'{text:{width}}  # {provenance.source(key) or "?"}' for key, text in values]
    return '\n'.join(lines)
