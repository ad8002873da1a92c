"""Model, training batch and silent runner of a config, for the analysis tools."""

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
from mmlesson.engine.build_errors import naming_refusals
from mmlesson.engine.fit_preprocessor import fit_preprocessor
from mmlesson.engine.runner import LessonRunner
from mmlesson.engine.runner_building import collate_of
from mmlesson.errors import UserError
from mmlesson.registry import MODELS, in_own_scope
from mmlesson.utils.quiet import quiet_mmengine


def build_model(config: Config) -> nn.Module:
    """Build the model of a config on the CPU, with the initial weights of training.

    Args:
        config: A config as `load_config` returns it; ``randomness.seed`` determines the weights.

    Raises:
        UserError: If the config has no model.
    """
    if not isinstance(config.get('model'), dict):
        raise UserError(f'{config.filename or "The config"} has no model. Add model = dict(...).')
    init_default_scope(config.get('default_scope', 'mmlesson'))
    torch.manual_seed((config.get('randomness') or {}).get('seed') or 0)
    with quiet_mmengine(), naming_refusals('model'):
        # Copied, because building removes entries from its argument.
        model: Any = MODELS.build(in_own_scope(deepcopy(config.model)))
        if hasattr(model, 'init_weights'):
            model.init_weights()
    return model


def training_batch(config: Config, model: nn.Module, size: int) -> dict[str, Any]:
    """Return a batch of the config's training data, after the model's preprocessor.

    A preprocessor that needs statistics of the training split is fitted first.

    Args:
        config: A config as `load_config` returns it.
        model: Model of the config.
        size: Number of samples in the batch, or fewer if the split has fewer.

    Returns:
        'inputs' (N, ...), and the labels in the form that the model takes.

    Raises:
        UserError: If the config has no training data.
    """
    if not config.get('train_dataloader'):
        raise UserError(
            f'{config.filename or "The config"} has no train_dataloader to read samples from.'
        )
    given = deepcopy(config.train_dataloader)
    options = {'collate_fn': collate_of(model), **given, 'batch_size': size, 'num_workers': 0}
    with quiet_mmengine():
        loader = LessonRunner.build_dataloader(options, seed=0)
    preprocessor: Any = getattr(model, 'data_preprocessor', None)
    fit_preprocessor(model, loader)
    batch = next(iter(loader))
    return dict(preprocessor(batch, True) if preprocessor is not None else batch)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a temporary folder for the files of a runner, which is removed afterwards."""
    with TemporaryDirectory(prefix='mmlesson_', ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def build_silent_runner(config: Config, folder: Path) -> LessonRunner:
    """Build the runner of a config without figures, log, checkpoints, early stopping and test.

    Args:
        config: A config as `load_config` returns it, which is modified.
        folder: Work directory of the runner, e.g. from `scratch_folder`.
    """
    leave_out_early_stopping(config)
    quiet = dict.fromkeys(('visualization', 'checkpoint', 'logger'))
    config.default_hooks = {**(config.get('default_hooks') or {}), **quiet}
    config.visualizer = {'type': 'mmlesson.LessonVisualizer'}  # no backends: some use the network
    config.update(work_dir=str(folder), log_level='ERROR', test_after_train=False)
    return build_runner(config)
