"""The check of a config: everything that can be told before anything is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mmengine.config import Config

from mmlesson.config.argument_checks import check_arguments, check_top_level
from mmlesson.config.component_tree import ConfigTree, plain_tree
from mmlesson.config.cross_checks import cross_checks
from mmlesson.config.issues import ConfigError, Issue
from mmlesson.config.provenance import Provenance
from mmlesson.config.source_files import ConfigFile, config_chain, late_variables, names_used


def check_config(config: Config, options: Iterable[str] = ()) -> list[Issue]:
    """Return all mistakes that can be told before anything is built.

    It looks types up and reads signatures; no data, model or device is touched.

    Args:
        config: As `load_config` gives it.
        options: Dotted keys that came from the command line.
    """
    has_file = config.filename and Path(config.filename).is_file()
    files = config_chain(config.filename) if has_file else []
    provenance = Provenance(files, [key.removeprefix('+') for key in options])
    found = dict.fromkeys(_check(config, files))
    return [replace(one, source=provenance.source(one.path)) for one in found]


def require_valid(config: Config, options: Iterable[str] = ()) -> None:
    """Raise `ConfigError` with all mistakes of a config, if it has any; as `check_config`."""
    findings = check_config(config, options)
    if findings:
        raise ConfigError(findings, config.filename)


def _check(config: Config, files: Sequence[ConfigFile]) -> Iterator[Issue]:
    tree, unimported = plain_tree(config)
    yield from unimported
    used: set[str] = set().union(*map(names_used, files))
    yield from check_top_level(tree, used, late_variables(files))
    walk = ConfigTree(tree, config.filename)
    yield from walk.findings
    for node in walk.nodes.values():
        yield from check_arguments(node)
    yield from cross_checks(walk)
