"""A config as text, with the source of each value."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.config import Config

from mmlesson.config.base_diff import MISSING, differences, flat, merged_bases
from mmlesson.config.provenance import Provenance
from mmlesson.config.source_files import resolve_config_path

_MAX_COLUMN = 72


def format_values(config: Config, provenance: Provenance) -> str:
    """Return one line per value: dotted key, value, and its source."""
    values = [(key, f'{key} = {value!r}') for key, value in flat(config.to_dict())]
    return _with_sources(values, provenance)


def format_differences(config: Config, provenance: Provenance) -> str:
    """Return one line per value in which a config differs from its base files."""
    found = differences(config, merged_bases(resolve_config_path(config.filename)))
    values = [(key, f'{key}: {_text(before)} -> {_text(now)}') for key, before, now in found]
    return _with_sources(values, provenance)


def _text(value: object) -> str:
    return MISSING if value == MISSING else repr(value)


def _with_sources(values: Sequence[tuple[str, str]], provenance: Provenance) -> str:
    width = min(_MAX_COLUMN, max((len(text) for _, text in values), default=0))
    lines = [f'{text:{width}}  # {provenance.source(key) or "?"}' for key, text in values]
    return '\n'.join(lines)
