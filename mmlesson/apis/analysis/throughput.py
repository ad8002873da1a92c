"""Training throughput of a device, and difference between the losses on two devices."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from mmengine.config import Config

from mmlesson.apis.analysis.build import build_silent_runner, scratch_folder
from mmlesson.config import LoadedConfig
from mmlesson.utils.text_table import format_table

RESNET: dict[str, Any] = {
    'model': {
        '_delete_': True,
        'type': 'Classifier',
        'backbone': {'type': 'mmpretrain.ResNet_CIFAR', 'depth': 18, 'out_indices': (3,)},
        'neck': {'type': 'mmpretrain.GlobalAveragePooling'},
        'head': {'type': 'mmpretrain.LinearClsHead', 'num_classes': 10, 'in_channels': 512},
    },
    'train_dataloader.batch_size': 256,
    'train_dataloader.dataset': {'_delete_': True, 'type': 'NoiseImages', 'split': 'train'},
}
MIXED = {'optim_wrapper.type': 'mmlesson.MixedPrecisionOptimWrapper'}
CASES: dict[str, dict[str, Any]] = {
    'cnn_digits': {},
    'cnn_digits, mixed precision': MIXED,
    'ResNet-18, 32 x 32': RESNET,
    'ResNet-18, 32 x 32, mixed precision': {**RESNET, **MIXED},
    'ResNet-18, 32 x 32, mixed precision, channels last': {
        **RESNET,
        **MIXED,
        'channels_last': True,
    },
}


def measure_rates(path: str, device: str, seconds: float) -> dict[str, float]:
    """Return samples per second of training, including data loading, for `CASES`.

    Args:
        path: Config file of the cnn_digits lesson, which the cases modify.
        device: Device as in a config, e.g. 'cuda'.
        seconds: Training time per case, without warm-up steps.
    """
    return {name: _rate(path, device, options, seconds) for name, options in CASES.items()}


def _rate(path: str, device: str, options: dict[str, Any], seconds: float) -> float:
    warm = _train(path, device, options, iterations=5)
    wanted = int(seconds * warm.iter / max(warm.train_seconds, 1e-6))
    loop = _train(path, device, options, iterations=max(5, min(wanted, 20_000)))
    return float(loop.samples_seen / loop.train_seconds)


def _train(path: str, device: str, options: dict[str, Any], iterations: int) -> Any:
    config = _quiet_config(path, device, options)
    config.train_cfg = {'by_epoch': False, 'max_iters': iterations, 'val_interval': iterations}
    config.update(param_scheduler=None)
    with scratch_folder() as folder:
        runner = build_silent_runner(config, folder / 'run')
        runner.train()
        return runner.train_loop


def _quiet_config(path: str, device: str, options: dict[str, Any]) -> Config:
    config = LoadedConfig.open(path).require_valid().config
    # Copied, because merging removes `_delete_` from its argument.
    config.merge_from_dict({'device': device, **deepcopy(options)})
    config.update(val_dataloader=None, val_cfg=None, val_evaluator=None)
    config.update(test_dataloader=None, test_cfg=None, test_evaluator=None)
    return config


def loss_difference(path: str, one: str, other: str) -> float:
    """Return the largest difference between the losses after one epoch on two devices.

    Dropout is disabled, because each device has its own random number generator.
    """
    losses = []
    for device in (one, other):
        config = LoadedConfig.open(path).require_valid().config
        config.merge_from_dict({'device': device, 'train_cfg.max_epochs': 1})
        config.model.backbone.dropout = 0.0
        with scratch_folder() as folder:
            runner = build_silent_runner(config, folder / 'run')
            runner.train()
            losses.append((runner.status.train_metrics['loss'], runner.status.val_metrics['loss']))
    return max(abs(a - b) for a, b in zip(*losses, strict=True))


def format_rates(rates: dict[str, float]) -> str:
    """Return a table of samples per second."""
    return format_table(
        ['training', 'samples per second'], [[n, f'{r:,.0f}'] for n, r in rates.items()], left=1
    )
