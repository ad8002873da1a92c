"""`train`: training from Python, as ``train.py`` does it."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer

from mmlesson.apis.run_result import RunResult
from mmlesson.engine.build import build_runner, open_run
from mmlesson.engine.command import training_config
from mmlesson.engine.signals import Interrupted
from mmlesson.utils import rng_state

_training = threading.RLock()


def train(
    config: str | Path,
    *,
    seed: int | None = None,
    options: Mapping[str, Any] | None = None,
    work_dir: str | Path | None = None,
    device: str | None = None,
    resume: bool = False,
) -> RunResult:
    """Train the model of a config.

    The result equals that of ``train.py``. Random states, deterministic mode, the number of
    threads and mmengine's default scope are restored afterwards, so runs of one process do
    not affect each other. Calls in several threads train one after the other.

    Args:
        config: Config file, or the name of a shipped config, such as 'mlp/mlp_xor'.
        seed: Seed of weights and of the order of samples; None for that of the config.
        options: Values by dotted key, as of ``--cfg-options``:
            ``{'optim_wrapper.optimizer.lr': 0.1}``.
        work_dir: Folder of the run; None for ``work_dirs/<config>``, numbered if taken.
        device: 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps'; None for that of the config.
        resume: Whether to continue the run in ``work_dir``.

    Returns:
        The run, with its summary, curves, figures and model.

    Raises:
        UserError: If the config has mistakes, the folder holds a run that is not resumed, or
            training cannot continue.
        KeyboardInterrupt: If training was interrupted; a checkpoint has been saved.

    Example:
        >>> import mmlesson
        >>> run = mmlesson.train('mlp/mlp_xor', seed=1)  # doctest: +SKIP
        >>> run.figure('decision_regions')  # doctest: +SKIP
    """
    flags = ('amp', 'no_validate', 'auto_scale_lr', 'resume_after_stop')
    args = Namespace(
        config=config,
        seed=seed,
        cfg_options=dict(options or {}),
        device=device,
        launcher='none',
        resume='auto' if resume else None,
        **dict.fromkeys(flags, False),
    )
    with _training, undisturbed():
        chosen = training_config(args)
        with open_run(chosen, None if work_dir is None else str(work_dir)):
            _run(chosen)
    return RunResult(chosen.work_dir)


def _run(config: Any) -> None:
    runner = build_runner(config)
    try:
        runner.train()
    except Interrupted as err:
        if err.code != 128 + signal.SIGINT:
            raise
        raise KeyboardInterrupt(
            f'A checkpoint is saved in {runner.work_dir}; continue with resume=True.'
        ) from None
    finally:
        _release(str(runner.experiment_name))


def _release(name: str) -> None:
    """Close the log file of a run, and drop what mmengine keeps of each run forever."""
    for kind in (MMLogger, MessageHub, Visualizer, DefaultScope):
        kept = kind._instance_dict.pop(name, None)
        if isinstance(kept, logging.Logger):
            for handler in kept.handlers:
                if isinstance(handler, logging.FileHandler):
                    handler.close()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Restore the global settings that building or training a model changes.

    These are the random states, torch's deterministic mode and number of threads, and mmengine's
    default scope.
    """
    cudnn: Any = torch.backends.cudnn
    deterministic = torch.are_deterministic_algorithms_enabled()
    flags, threads = (cudnn.deterministic, cudnn.benchmark), torch.get_num_threads()
    scopes = dict(DefaultScope._instance_dict)
    try:
        with rng_state.preserved():
            yield
    finally:
        torch.use_deterministic_algorithms(deterministic)
        cudnn.deterministic, cudnn.benchmark = flags
        torch.set_num_threads(threads)
        DefaultScope._instance_dict.clear()
        DefaultScope._instance_dict.update(scopes)
