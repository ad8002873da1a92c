"""Commands in processes that are forked from one that has imported torch already.

A process that imports torch and mmengine anew takes seconds before its work begins. Tests of the
imports, of kills and of distributed runs start Python anew all the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from crash_runs import Command
from paths import ROOT


def run_forked(
    *argv: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a Python script with arguments as a command, and return what it printed.

    Args:
        argv: Path of the script, relative to ``cwd`` or absolute, and its arguments.
        cwd: Folder that it runs in.
        env: Environment variables that differ from those of this process.
    """
    words = [str(word) for word in argv]
    before = partial(_move, str(cwd), {**os.environ, **(env or {})})
    with tempfile.TemporaryDirectory() as folder:
        command = Command(words, Path(folder, 'command'), before=before)
        status = command.wait()
        return subprocess.CompletedProcess(words, status, command.out, command.err)


def _move(cwd: str, env: dict[str, str]) -> None:
    """Set folder, environment and import path: the fork server has those of its own start."""
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = filter(None, env.get('PYTHONPATH', '').split(os.pathsep))
    os.chdir(cwd)
