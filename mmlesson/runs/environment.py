"""Environment of a run: machine, versions, code and command."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

PACKAGES = ('mmlesson', 'mmengine', 'mmcv-lite', 'mmpretrain', 'torch', 'torchvision', 'numpy')


def describe_environment(device: torch.device) -> dict[str, Any]:
    """Return the machine, versions, git state and command as plain data.

    Args:
        device: Device of the run.
    """
    on_gpu = device.type == 'cuda'
    return {
        'command': shlex.join([os.path.basename(sys.executable), *sys.argv]),
        'git': _git_state(),
        'machine': f'{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs',
        'gpu': torch.cuda.get_device_name(device) if on_gpu else None,
        'python': platform.python_version(),
        # torch.__version__ includes the build: CPU, or the CUDA version.
        'packages': {**{name: _version(name) for name in PACKAGES}, 'torch': torch.__version__},
    }


def _git_state() -> str | None:
    """Return the git commit of the working directory, and whether files differ from it.

    If it is not in a repository, use this package's folder; None if neither is.
    """
    for folder in (Path.cwd(), Path(__file__).parent):
        try:
            commit = _git(folder, 'rev-parse', '--short=12', 'HEAD')
            changed = _git(folder, 'status', '--porcelain', '--untracked-files=no')
        except (OSError, subprocess.SubprocessError):
            continue
        return f'{commit}, with changes' if changed else commit
    return None


def _git(folder: Path, *words: str) -> str:
    command = ['git', '-C', str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
