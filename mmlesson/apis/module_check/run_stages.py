"""Stages of the check of a module that train in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from mmlesson.apis.analysis.limit_batches import is_by_epoch
from mmlesson.apis.module_check.stages import SkipStageError, Subject
from mmlesson.errors import RunError
from mmlesson.runs.summary import read_summary
from mmlesson.utils.shipped import shipped_folder

EPOCHS = 3
SECONDS = 600  # after which a process is taken for stuck
RUN = 'mmlesson.apis.module_check.short_run'


def resumes_exactly(subject: Subject) -> str:
    """Compare a run that is killed in its second epoch, and resumed, with one that is not."""
    if not is_by_epoch(subject.open()):
        raise SkipStageError('training is counted in iterations')
    whole, broken = subject.folder / 'whole', subject.folder / 'broken'
    _call('-m', RUN, str(subject.config), str(whole))
    _call('-m', RUN, str(subject.config), str(broken), '--kill', may_fail=True)
    if not any(broken.glob('*.pth')):
        raise SkipStageError('training ended before its second epoch')
    _call('-m', RUN, str(subject.config), str(broken), '--resume')
    first, second = (_result(folder) for folder in (whole, broken))
    if first != second:
        names = [name for name in first if first[name] != second[name]]
        raise RunError(f'a run that is killed and resumed ends with another {" and ".join(names)}')
    return f'the same weights after {first["epochs"]} epochs'


def two_processes(subject: Subject) -> str:
    """Train for an epoch in two processes."""
    if not is_by_epoch(subject.open()):
        raise SkipStageError('training is counted in iterations')
    tools = shipped_folder('tools')
    folder = subject.folder / 'two'
    words = [str(tools / 'dist_launch.py'), '2', str(tools / 'train.py'), str(subject.config)]
    words += ['--launcher', 'pytorch', '--work-dir', str(folder), '--device', 'cpu']
    words += ['--cfg-options', *short_options(1)]
    _call(*words)
    loss = (read_summary(folder)['val'] or {}).get('loss')
    return 'one epoch' if loss is None else f'one epoch, validation loss {loss:.4g}'


def exports(subject: Subject) -> str:
    """Export the model of the run to ONNX, and compare it with torch."""
    run = subject.folder / 'whole'
    if not run.is_dir():
        raise SkipStageError('there is no run to export')
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401

        from mmlesson.apis.deployment.export import export_model
    except ImportError as err:
        raise SkipStageError(f'{err.name} is not installed') from err
    report = export_model(run, 'onnx')
    return str(report).splitlines()[1]  # the difference from torch


def short_options(epochs: int) -> list[str]:
    """Return the options of a short run without figures.

    Args:
        epochs: Number of epochs.
    """
    return [f'train_cfg.max_epochs={epochs}', 'default_hooks.visualization=None']


def _result(folder: Path) -> dict[str, Any]:
    summary = read_summary(folder)
    return {name: summary[name] for name in ('weights_sha256', 'epochs', 'val', 'test')}


def _call(*words: str, may_fail: bool = False) -> None:
    """Run Python in a process of its own.

    Raises:
        RunError: If it fails; the reason is its first error, or its last line.
    """
    paths = [str(Path.cwd()), *filter(None, sys.path)]
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': os.pathsep.join(paths)}
    try:
        done = subprocess.run(
            [sys.executable, *words],
            env=env,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as err:
        raise RunError(f'the process did not end in {SECONDS} s') from err
    if done.returncode and not may_fail:
        lines = done.stderr.strip().splitlines() or [f'exit status {done.returncode}']
        errors = [line for line in lines if line.startswith('error: ')]
        raise RunError((errors or lines[-1:])[0].removeprefix('error: '))
