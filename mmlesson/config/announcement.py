"""First line that a command prints, before it imports torch."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmlesson.config.issues import ConfigError, check_key
from mmlesson.config.provenance import Provenance
from mmlesson.config.source_files import (
    ConfigFile,
    assigned_names,
    locate_config,
    names_used,
    shown,
    source_files,
)
from mmlesson.errors import UserError

_RANK_VARIABLES = {'pytorch': 'RANK', 'slurm': 'SLURM_PROCID', 'mpi': 'OMPI_COMM_WORLD_RANK'}


def announce(config: str | Path, launcher: str = 'none') -> None:
    """Check the files of a config, and print its name and title, on rank 0.

    Imports take seconds, and a file that is missing or no valid Python, or has unknown keys, need
    not wait for them. The config is not executed.

    Args:
        config: File of a config, as a user names it.
        launcher: Value of ``--launcher``, which sets the rank of a process.

    Raises:
        UserError: As `locate_config` and `source_files`, or for a key that looks like a known one;
            the other ranks exit without a word.
    """
    is_first = os.environ.get(_RANK_VARIABLES.get(launcher, ''), '0') == '0'
    try:
        files = source_files(locate_config(config))
        _check_keys(files)
    except UserError as err:
        if is_first:
            raise
        raise SystemExit(err.status) from None
    if is_first:
        file = files[-1]
        print(': '.join(filter(None, [file.path.stem, title_of(file)])), flush=True)


def _check_keys(files: Sequence[ConfigFile]) -> None:
    used: set[str] = set().union(*map(names_used, files))
    keys = dict.fromkeys(name for file in files for name in sorted(assigned_names(file) - used))
    issues = [issue for key in keys for issue in check_key(key)]
    if issues:
        provenance = Provenance(files)
        found = [replace(issue, source=provenance.source(issue.path)) for issue in issues]
        raise ConfigError(found, shown(files[-1].path))


def title_of(file: ConfigFile) -> str:
    """Return the first line of a config's docstring, '' if it has none."""
    return (ast.get_docstring(file.tree) or '').partition('\n')[0] if file.tree else ''
