"""What a run was made with: machine, versions, code and command; so that it can be made again."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

PACKAGES = ('mmlesson', 'mmengine', 'mmcv-lite', 'mmpretrain', 'torch', 'torchvision', 'numpy')


def describe_environment(device: torch.device) -> dict[str, Any]:
    """Return machine, versions, git state and command, as plain data.

    Args:
        device: That the run computes on.
    """
    on_gpu = device.type == 'cuda'
    return {
        'command': ' '.join([os.path.basename(sys.executable), *sys.argv]),
        'git': _git_state(),
        'machine': f'{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs',
        'gpu': torch.cuda.get_device_name(device) if on_gpu else None,
        'python': platform.python_version(),
        # torch's own word tells the build too: CPU, or which CUDA.
        'packages': {**{name: _version(name) for name in PACKAGES}, 'torch': torch.__version__},
    }


def _git_state() -> str | None:
    """Return commit and whether files differ from it; None outside a repository."""
    try:
        commit = _git('rev-parse', '--short=12', 'HEAD')
        changed = _git('status', '--porcelain', '--untracked-files=no')
    except (OSError, subprocess.SubprocessError):
        return None
    return f'{commit}, with changes' if changed else commit


def _git(*words: str) -> str:
    done = subprocess.run(['git', *words], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
