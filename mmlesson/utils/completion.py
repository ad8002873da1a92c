"""Completion of command lines in a shell, by argcomplete."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Any

from mmlesson.errors import UserError
from mmlesson.utils.shipped import shipped_configs

SHELLS = ('bash', 'zsh', 'fish')


def is_completing() -> bool:
    """Return whether a shell runs this process to complete a line."""
    return '_ARGCOMPLETE' in os.environ


def completed_command() -> str | None:
    """Return the command of the line that a shell completes; None if it is still being typed."""
    if not is_completing():
        return None
    line = os.environ.get('COMP_LINE', '')[: int(os.environ.get('COMP_POINT', 0))]
    found = re.match(r'\S+\s+(\S+)\s', line)
    return found[1] if found else None


def complete(parser: argparse.ArgumentParser) -> None:
    """Print the completions of the line that the shell is editing, and exit."""
    if completed_command():
        os.environ['_ARGCOMPLETE'] = '2'  # the arguments start after the command
    for action in parser._actions:
        if action.dest in ('config', 'configs'):
            action.completer = complete_config  # type: ignore[attr-defined]
    _argcomplete().autocomplete(parser)


def complete_config(prefix: str, **_: object) -> list[str]:
    """Return the shipped configs and the local files that begin with ``prefix``."""
    folder = Path(prefix if prefix.endswith('/') else Path(prefix).parent)
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    local = [f'{e.as_posix()}/' if e.is_dir() else e.as_posix() for e in entries]
    kept = [name for name in local if name.endswith(('/', '.py'))]
    return [name for name in (*shipped_configs(), *kept) if name.startswith(prefix)]


def shell_code(shell: str) -> str:
    """Return the code that a shell evaluates to complete the command ``mmlesson``.

    Raises:
        UserError: If argcomplete is not installed.
    """
    return str(_argcomplete().shellcode(['mmlesson'], shell=shell))


def _argcomplete() -> Any:
    try:
        import argcomplete
    except ImportError as err:
        raise UserError(
            'Completion needs argcomplete. Install it: pip install "mmlesson[completion]"'
        ) from err
    return argcomplete
