"""Commands in processes that are forked from one that has imported torch already.

A process that imports torch and mmengine anew takes seconds before its work begins. Tests of the
imports, of kills and of distributed runs start Python anew all the same.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from crash_runs import Command
from paths import ROOT


def run_forked(
    *argv: object,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a Python script with arguments as a command, and return what it printed.

    Args:
        argv: Path of the script, relative to ``cwd`` or absolute, and its arguments.
        cwd: Folder that it runs in.
        env: Environment variables that differ from those of this process.
        before: Called in the process before the script.
    """
    words = [str(word) for word in argv]
    before = partial(_move, str(cwd), {**os.environ, **(env or {})}, before)
    with tempfile.TemporaryDirectory() as folder:
        command = Command(words, Path(folder, 'command'), before=before)
        status = command.wait()
        return subprocess.CompletedProcess(words, status, command.out, command.err)


def _move(cwd: str, env: dict[str, str], before: Callable[[], None] | None) -> None:
    """Set folder, environment and import path: the fork server has those of its own start."""
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = filter(None, env.get('PYTHONPATH', '').split(os.pathsep))
    os.chdir(cwd)
    if before is not None:
        before()


def fork_ranks(grace: int = 30) -> None:
    """Let torchrun in this process fork its ranks; it starts Python anew otherwise.

    Args:
        grace: Seconds from torchrun's SIGTERM to its SIGKILL. A rank that was stopped needs both.
    """
    from torch.distributed.elastic.multiprocessing import api
    from torch.distributed.elastic.multiprocessing.subprocess_handler import subprocess_handler

    close = api.SubprocessContext._close
    api.SubprocessContext._close = lambda self, death_sig, timeout: close(self, death_sig, grace)
    subprocess_handler.SubprocessHandler._popen = lambda _, words, env: ForkedRank(words, env)


class ForkedRank:
    """A forked process with those methods of `subprocess.Popen` that torchrun calls.

    Args:
        words: Command line, from Python on.
        env: Environment variables.
    """

    def __init__(self, words: tuple[str, ...], env: dict[str, str]) -> None:
        script = list(words[words.index('-u') + 1 :])
        context = multiprocessing.get_context('fork')
        self._process: Any = context.Process(target=_become_rank, args=(script, env))
        self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, or None while the process is at work."""
        status: int | None = self._process.exitcode
        return status

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the process has ended."""
        end = time.monotonic() + (timeout or float('inf'))
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired('rank', timeout or 0)
            time.sleep(0.02)


def _become_rank(argv: list[str], env: dict[str, str]) -> None:
    """Turn a fork of torchrun into a rank, which has none of its connections."""
    os.setsid()
    gc.freeze()  # what holds a connection of torchrun must not close what gets its number
    os.closerange(3, 4096)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = argv
    runpy.run_path(argv[0], run_name='__main__')
