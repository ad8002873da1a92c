"""Replacement of mmengine's types in a stock config by ours, with their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from mmlesson.engine.optim.wrapper import LessonOptimWrapper
from mmlesson.errors import shorten

NEVER = -1
"""Interval of a checkpoint hook that saves the last and the best checkpoint only."""

_WITHOUT_EFFECT = {
    'save_optimizer': True,
    'save_param_scheduler': True,
    'save_last': True,
    'out_dir': None,
    'file_client_args': None,
    'filename_tmpl': None,
    'backend_args': None,
}
"""Arguments of mmengine's ``CheckpointHook`` that ours does not have, and their only effect."""


def is_type(config: Any, name: str) -> bool:
    """Return whether a config builds mmengine's type of this name."""
    kind = config.get('type') if isinstance(config, Mapping) else None
    return kind in (name, f'mmengine.{name}') or (
        isinstance(kind, type) and kind.__name__ == name and kind.__module__.startswith('mmengine.')
    )


def lesson_checkpoint_hook(
    config: Mapping[str, Any], by_epoch: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return our hook for mmengine's ``CheckpointHook``, and a line per difference.

    mmengine 0.10.7 (hooks/checkpoint_hook.py) saves before validation, so that a resumed run
    differs from an uninterrupted one; and its checkpoints cannot be resumed from with torch >= 2.6,
    because they contain more than plain data.

    Args:
        config: Config of mmengine's hook.
        by_epoch: Whether the run counts epochs, not iterations.
    """
    options = {key: value for key, value in config.items() if key != 'type'}
    notes = [
        f'CheckpointHook.{key}={shorten(options.pop(key))} has no effect: LessonCheckpointHook '
        'saves complete checkpoints into the folder of the run, the last one always.'
        for key, value in _WITHOUT_EFFECT.items()
        if options.get(key, value) != value
    ]
    hook: dict[str, Any] = {'type': 'mmlesson.LessonCheckpointHook', 'interval': NEVER}
    interval = options.pop('interval', NEVER)
    if options.pop('by_epoch', True) == by_epoch:
        hook['interval'] = interval
    elif by_epoch and interval > 0:
        hook['interval'] = 1
        notes.append(
            f'CheckpointHook saves every {interval} iterations; in epoch-based training, '
            'LessonCheckpointHook saves after each epoch instead.'
        )
    hook['max_keep'] = options.pop('max_keep_ckpts', -1)
    keys = {rule: options.pop(f'{rule}_keys', None) for rule in ('greater', 'less')}
    if options.get('rule') is None and any(keys.values()):
        wanted = options.get('save_best') or []
        metrics = [wanted] if isinstance(wanted, str) else wanted
        options['rule'] = [_rule_of(metric, keys) for metric in metrics]
    known = _WITHOUT_EFFECT.keys() | {'type'}
    return {**hook, **{key: value for key, value in options.items() if key not in known}}, notes


def _rule_of(metric: str, keys: Mapping[str, Any]) -> str | None:
    """Return the rule whose keys contain a part of a metric's name, as in mmengine."""
    for rule, names in keys.items():
        listed = [names] if isinstance(names, str) else names or []
        if any(name.lower() in metric.lower() for name in listed):
            return rule
    return None


def lesson_optim_wrapper(
    config: Mapping[str, Any], device: torch.device
) -> tuple[dict[str, Any], list[str]]:
    """Return the optimizer wrapper to use on a device, and a line per difference.

    mmengine's ``OptimWrapper`` is replaced by `LessonOptimWrapper`. mmengine 0.10.7 (optim/
    optimizer/amp_optimizer_wrapper.py:76) refuses to build ``AmpOptimWrapper`` without a GPU;
    `MixedPrecisionOptimWrapper` takes its place there.
    """
    if is_type({'type': 'OptimWrapper', **config}, 'OptimWrapper') and 'optimizer' in config:
        return {**config, 'type': LessonOptimWrapper}, []
    if device.type != 'cpu' or not is_type(config, 'AmpOptimWrapper'):
        return dict(config), []
    options = {
        key: value
        for key, value in config.items()
        if key not in ('type', 'loss_scale', 'dtype', 'use_fsdp')
    }
    note = 'AmpOptimWrapper needs a GPU: MixedPrecisionOptimWrapper with bfloat16 is used instead.'
    return {'type': 'mmlesson.MixedPrecisionOptimWrapper', **options}, [note]
