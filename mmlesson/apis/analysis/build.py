"""The model and one batch of a config, without a run: what the analysis tools look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from mmlesson.apis.analysis.limit_batches import leave_out_early_stopping
from mmlesson.engine.build import build_runner
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError
from mmlesson.registry import MODELS, in_own_scope
from mmlesson.utils.quiet import quiet_mmengine


def build_model(config: Config) -> nn.Module:
    """Build the model that training would start from, on the CPU, weights initialised.

    Args:
        config: A config as `load_config` gives it; its ``randomness.seed`` decides the weights.

    Raises:
        UserError: If the config has no model.
    """
    if not isinstance(config.get('model'), dict):
        raise UserError(f'{config.filename or "The config"} has no model. Add model = dict(...).')
    init_default_scope(config.get('default_scope', 'mmlesson'))
    torch.manual_seed((config.get('randomness') or {}).get('seed') or 0)
    with quiet_mmengine():
        # Building takes entries out of what it is given; the config stays as it was.
        model: Any = MODELS.build(in_own_scope(deepcopy(config.model)))
        if hasattr(model, 'init_weights'):
            model.init_weights()
    return model


def training_batch(config: Config, model: nn.Module, size: int) -> dict[str, Any]:
    """Return a batch of the config's own training data, as the model's preprocessor leaves it.

    A preprocessor that takes statistics of the training split is fitted on the way.

    Args:
        config: A config as `load_config` gives it.
        model: Its model.
        size: Samples in the batch, where the split holds as many.

    Returns:
        'inputs' (N, ...), and the labels in the form that this model takes.

    Raises:
        UserError: If the config has no training data.
    """
    if not config.get('train_dataloader'):
        raise UserError(
            f'{config.filename or "The config"} has no train_dataloader, which gives the samples.'
        )
    options = {**deepcopy(config.train_dataloader), 'batch_size': size, 'num_workers': 0}
    with quiet_mmengine():
        loader = LessonRunner.build_dataloader(options, seed=0)
    preprocessor: Any = getattr(model, 'data_preprocessor', None)
    if getattr(preprocessor, 'needs_statistics', False) and hasattr(loader.dataset, 'statistics'):
        preprocessor.fit(*loader.dataset.statistics())
    batch = next(iter(loader))
    return dict(preprocessor(batch, True) if preprocessor is not None else batch)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder for what a runner has to write, and remove it with all that is in it."""
    with TemporaryDirectory(prefix='mmlesson_', ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def build_silent_runner(config: Config, folder: Path) -> LessonRunner:
    """Build the runner of a config, which neither draws, logs, saves, stops early nor tests.

    Args:
        config: A config as `load_config` gives it, which is changed.
        folder: Its work_dir, of `scratch_folder`.
    """
    leave_out_early_stopping(config)
    quiet = dict.fromkeys(('visualization', 'checkpoint', 'logger'))
    config.default_hooks = {**(config.get('default_hooks') or {}), **quiet}
    config.visualizer = {'type': 'mmlesson.LessonVisualizer'}  # no back end: some use the network
    config.update(work_dir=str(folder), log_level='ERROR', test_after_train=False)
    return build_runner(config)
