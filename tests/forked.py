"""Commands in processes that are forked from one that has imported torch already.

A process that imports torch and mmengine anew takes seconds before its work begins. Tests of the
imports, of kills and of distributed runs start Python anew all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

from paths import ROOT

LIMIT_SECONDS = 300


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
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['mmlesson.engine.command', 'mmpretrain.evaluation'])
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ('out', 'err')]
        # The fork server has the environment of its own start.
        place = (str(cwd), {**os.environ, **(env or {})})
        process = context.Process(target=_become, args=(words, [*map(str, files)], *place))
        process.start()
        process.join(LIMIT_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f'{words} did not end in {LIMIT_SECONDS} s')
        out, err = (file.read_text(encoding='utf-8', errors='replace') for file in files)
    return subprocess.CompletedProcess(words, process.exitcode, out, err)


def _become(argv: list[str], files: list[str], cwd: str, env: dict[str, str]) -> None:
    """Turn a forked process into the command."""
    import torch

    os.environ.clear()
    os.environ.update(env)
    torch.set_num_threads(1)
    warnings.filterwarnings('ignore', 'Multi-processing start method')  # it is a fork that runs
    for number, name in enumerate(files, 1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(cwd)
    sys.argv = argv
    sys.path.insert(0, os.path.dirname(os.path.abspath(argv[0])))
    runpy.run_path(argv[0], run_name='__main__')
