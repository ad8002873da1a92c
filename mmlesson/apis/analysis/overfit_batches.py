"""Overfitting check before a long training: fit a few batches."""

from __future__ import annotations

import math
from argparse import Namespace
from typing import Any

from mmlesson.apis.analysis.limit_batches import (
    first_batches,
    is_by_epoch,
    leave_out_early_stopping,
)
from mmlesson.engine.build import build_runner
from mmlesson.engine.command import training_config
from mmlesson.engine.hooks.overfit_hook import NEARLY_NOTHING
from mmlesson.errors import RunError, UserError, check_int
from mmlesson.runs.work_dir import choose_work_dir

VALIDATIONS = 50


def overfit(args: Namespace) -> str:
    """Train and validate on the same few batches, and report whether the model fits them.

    They are the first batches of training, without reshuffling. The number of steps and the initial
    learning rate are those of the config. Schedules, early stopping, checkpoints, figures and the
    test are disabled.

    Args:
        args: The command line of ``train.py``; ``overfit_batches`` is the number of batches.

    Returns:
        The result in one line.

    Raises:
        UserError: If the config has no validation, or several processes are requested.
        RunError: If the model did not fit the batches.
    """
    number = args.overfit_batches
    check_int('train', '--overfit-batches', number)
    if args.launcher != 'none':
        raise UserError('--overfit-batches takes one process. Remove --launcher.')
    config = training_config(args)
    if not config.get('val_evaluator') or config.get('val_cfg') is None:
        raise UserError('--overfit-batches needs val_cfg and val_evaluator to measure the fit.')
    leave_out_early_stopping(config)
    config.custom_hooks = [
        *config.custom_hooks,
        {'type': 'mmlesson.OverfitHook', 'batches': number},
    ]
    config.default_hooks = {
        **(config.get('default_hooks') or {}),
        **dict.fromkeys(('visualization', 'checkpoint')),
    }
    config.test_after_train = False
    config.work_dir = str(choose_work_dir(args.work_dir, config, False, '_overfit'))
    config.update(param_scheduler=None, test_dataloader=None, test_cfg=None, test_evaluator=None)
    runner = build_runner(config)
    whole = runner.build_dataloader(runner._train_dataloader, seed=runner.seed)
    few = first_batches(whole, number)
    runner._train_dataloader = runner._val_dataloader = few
    runner._train_loop = {**config.train_cfg, **_length(config, len(whole), len(few))}
    runner.train()
    return _verdict(runner.status.facts.get('overfit') or {}, runner.iter, config.work_dir)


def _length(config: Any, steps: int, few: int) -> dict[str, Any]:
    """Return the length of training, as in the config's run, and the validation interval."""
    if not is_by_epoch(config):
        every = max(1, config.train_cfg.max_iters // VALIDATIONS)
        return {'val_begin': 1, 'val_interval': every, 'dynamic_intervals': None}
    epochs = math.ceil(config.train_cfg.max_epochs * steps / few)
    every = max(1, epochs // VALIDATIONS)
    return {
        'max_epochs': epochs,
        'val_begin': 1,
        'val_interval': every,
        'dynamic_intervals': None,
    }


def _verdict(facts: dict[str, Any], steps: int, work_dir: str) -> str:
    number = facts.get('batches')
    seen = [f'loss {facts["loss"]:.2g} per sample'] if 'loss' in facts else []
    seen += [f'accuracy {facts["accuracy/top1"]:.4g} %'] if 'accuracy/top1' in facts else []
    result = f'after {steps} steps on {number} batch(es): {", ".join(seen) or "nothing measured"}'
    if facts.get('learned'):
        return f'The model overfits: {result}. Files: {work_dir}'
    raise RunError(
        f'The model did not overfit {result}; the loss should be at most {NEARLY_NOTHING}, '
        'the accuracy 100 %. '
        'Check the labels, the learning rate, and whether the model is large enough.'
    )
