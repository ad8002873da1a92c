"""Labels as mmpretrain's preprocessors and heads take them: in data samples."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def data_samples(labels: Tensor) -> list[Any]:
    """Return labels in the form that mmpretrain's heads expect.

    Args:
        labels: Class indices, (N,) int64, or shares of the classes of mixed samples, (N, C) float.
    """
    from mmpretrain.structures import DataSample  # slow, so imported on use

    if labels.ndim == 2:
        return [DataSample().set_gt_score(shares) for shares in labels]
    return [DataSample().set_gt_label(label) for label in labels]


def convert_data_samples(preprocessor: nn.Module) -> None:
    """Let a preprocessor of mmpretrain take and return ``dict(inputs, labels)``.

    ``ClsDataPreprocessor`` drops labels that are not in data samples, and returns data samples.
    With ``batch_augments``, labels are shares of the classes in training, (N, C).
    """
    if type(preprocessor).__module__.partition('.')[0] == 'mmpretrain':
        preprocessor.register_forward_pre_hook(_pack)
        preprocessor.register_forward_hook(_unpack, with_kwargs=True)


def _pack(_: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    data, *rest = args
    labels = data.get('labels')
    if labels is None or data.get('data_samples') is not None:
        return args
    return ({'inputs': data['inputs'], 'data_samples': data_samples(labels)}, *rest)


def _unpack(
    module: nn.Module, args: tuple[Any, ...], options: dict[str, Any], output: dict[str, Any]
) -> dict[str, Any]:
    training = options.get('training', args[1] if len(args) > 1 else False)
    samples = output.get('data_samples')
    batch = {'inputs': output['inputs']}
    if not samples:
        return batch
    if training and getattr(module, 'batch_augments', None) is not None:
        batch['labels'] = torch.stack([sample.gt_score for sample in samples])
    elif all('gt_label' in sample for sample in samples):
        batch['labels'] = torch.cat([sample.gt_label for sample in samples])
    return batch
