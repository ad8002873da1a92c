"""A config as text in which each value says where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmengine.config import Config

from mmlesson.config.base_diff import MISSING, differences, flat, merged_bases
from mmlesson.config.provenance import Provenance
from mmlesson.config.source_files import resolve_config_path

_WIDEST = 72


def explain_config(config: Config, options: Iterable[str] = ()) -> str:
    """Return one line per value: dotted key, value, file and line or 'command line'.

    Args:
        config: As `load_config` gives it.
        options: Dotted keys that came from the command line.
    """
    values = [(key, f'{key} = {value!r}') for key, value in flat(config.to_dict())]
    return _with_sources(values, config, options)


def explain_differences(config: Config, options: Iterable[str] = ()) -> str:
    """Return one line per value in which a config differs from what its bases say together."""
    found = differences(config, merged_bases(resolve_config_path(config.filename)))
    values = [(key, f'{key}: {_told(before)} -> {_told(now)}') for key, before, now in found]
    return _with_sources(values, config, options)


def _told(value: object) -> str:
    return MISSING if value == MISSING else repr(value)


def _with_sources(values: Sequence[tuple[str, str]], config: Config, options: Iterable[str]) -> str:
    provenance = Provenance.of(config.filename, [key.removeprefix('+') for key in options])
    width = min(_WIDEST, max((len(text) for _, text in values), default=0))
    lines = [f'{text:{width}}  # {provenance.source(key) or "?"}' for key, text in values]
    return '\n'.join(lines)
