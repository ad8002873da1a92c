"""Collate function: converts the samples of any dataset to ``dict(inputs, labels)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mmlesson.errors import ArgumentError, locate
from mmlesson.registry import FUNCTIONS
from mmlesson.tasks import Labels

_EXPECTED = (
    "lesson_collate must get samples dict(inputs=Tensor, labels=int) or mmpretrain's "
    'PackInputs samples dict(inputs=Tensor, data_samples=DataSample)'
)


@FUNCTIONS.register_module()
def lesson_collate(batch: Any) -> dict[str, Any]:
    """Convert samples to a batch ``dict(inputs=..., labels=...)``.

    A config needs the prefix, ``collate_fn=dict(type='mmlesson.lesson_collate')``: mmengine 0.10
    ignores ``default_scope`` when it looks up a collate function (``Runner.build_dataloader``).

    Args:
        batch: A complete batch, as `ArrayDataset.__getitems__` returns it, which is not changed; a
            list of samples ``dict(inputs, labels)``, where labels may be a dict of tensors, as
            `DigitCanvas` has them; or a list of samples of an mmcv or mmpretrain
            pipeline that ends with ``PackInputs``.

    Returns:
        'inputs', float32 (N, ...), values unchanged (uint8 0-255 stays in that range, as an
        mmpretrain preprocessor expects), and 'labels', int64 (N,), or a dict of tensors (N, ...).

    Raises:
        ArgumentError: If the batch is none of these, a sample does not have exactly one label, a
            value is NaN or infinite, or the samples differ in shape.
    """
    if isinstance(batch, Mapping) and isinstance(batch.get('inputs'), Tensor):
        return dict(batch)
    if not isinstance(batch, Sequence) or isinstance(batch, str) or len(batch) == 0:
        raise ArgumentError(f'{_EXPECTED}, in a list; got {_brief(batch)}.')
    inputs = [_input_of(sample) for sample in batch]
    labels = _labels_of(batch)
    shapes = sorted({tuple(tensor.shape) for tensor in inputs})
    if len(shapes) > 1:
        raise ArgumentError(
            f'lesson_collate must get samples of one shape, got {", ".join(map(str, shapes))}. '
            "Add dict(type='Resize', scale=...) to the dataset's pipeline."
        )
    stacked = torch.stack(inputs)
    wrong = first_non_finite(stacked)
    if wrong is not None:
        raise ArgumentError(
            f'lesson_collate must get inputs that are finite in float32, got {wrong[1]} in sample '
            f'{wrong[0]} of a batch of {len(batch)}. Remove or replace such values.'
        )
    return {'inputs': stacked.to(torch.float32), 'labels': labels}


def first_non_finite(inputs: Tensor) -> tuple[int, float] | None:
    """Return the index of the first sample that is not finite in float32, and its value.

    Args:
        inputs: (N, ...), of any dtype.

    Returns:
        None if all values are finite.
    """
    if not inputs.is_floating_point():
        return None
    finite = torch.isfinite(inputs.float())
    if bool(finite.all()):
        return None
    index = int((~finite).nonzero()[0, 0])
    return index, float(inputs[index][~finite[index]][0])


def read_samples(loader: Any, indices: Sequence[int]) -> dict[str, Any]:
    """Return samples of a loader's dataset as one batch, without its sampler.

    Args:
        loader: A DataLoader.
        indices: Positions in its dataset.

    Returns:
        The batch of the loader's collate function if it has 'inputs' and 'labels', otherwise that
        of `lesson_collate`.

    Raises:
        ArgumentError: If the samples do not have one image or vector and one label each.
    """
    dataset = loader.dataset
    if hasattr(dataset, '__getitems__'):
        samples = dataset.__getitems__(list(indices))
    else:
        samples = [dataset[index] for index in indices]
    batch = loader.collate_fn(samples)
    if isinstance(batch, Mapping) and {'inputs', 'labels'} <= batch.keys():
        return dict(batch)
    return lesson_collate(samples)


def _input_of(sample: Any) -> Tensor:
    inputs = sample.get('inputs') if isinstance(sample, Mapping) else None
    if not isinstance(inputs, Tensor):
        raise ArgumentError(f'{_EXPECTED}; got a sample that is {_brief(sample)}.')
    return inputs


def _labels_of(batch: Sequence[Mapping[str, Any]]) -> Labels:
    """Return the labels of samples as one tensor, or one for each entry of a dict."""
    first = batch[0].get('labels')
    if not isinstance(first, Mapping):
        return torch.tensor([_label_of(sample) for sample in batch], dtype=torch.int64)
    stacked = {}
    for name in first:
        try:
            stacked[name] = torch.stack([sample['labels'][name] for sample in batch])
        except (KeyError, TypeError, RuntimeError) as err:
            raise ArgumentError(
                f'lesson_collate must get labels[{name!r}] of every sample as tensors of one '
                f'shape, padded if needed ({locate(err)}).'
            ) from err
    return stacked


def _label_of(sample: Mapping[str, Any]) -> int:
    """Return the label of a sample; mmpretrain's DataSample calls it ``gt_label``."""
    label = sample.get('labels')
    if label is None:
        # Found by its attribute: importing mmpretrain for an isinstance takes six seconds.
        label = getattr(sample.get('data_samples'), 'gt_label', None)
    if label is None:
        raise ArgumentError(
            f'{_EXPECTED}; got a sample without a label: {_brief(sample)}. Check that the '
            'annotations contain labels and that the pipeline ends with PackInputs.'
        )
    try:
        index = torch.as_tensor(label)
    except (TypeError, ValueError, RuntimeError):  # text, for example
        raise ArgumentError(
            f'lesson_collate must get one class index per sample, got label {label!r}. Number the '
            'classes from 0.'
        ) from None
    if index.numel() != 1 or index.is_floating_point():
        raise ArgumentError(
            f'lesson_collate must get one class index per sample, got label {index.tolist()}.'
        )
    if index < 0:
        raise ArgumentError(
            f'lesson_collate must get a class index >= 0 per sample, got label {int(index)}.'
        )
    return int(index)


def _brief(value: Any) -> str:
    """Describe the type of ``value``, without its numbers."""
    if isinstance(value, Mapping):
        items = ', '.join(f'{key}={type(item).__name__}' for key, item in value.items())
        return f'{type(value).__name__}({items})'
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f'{type(value).__name__} of length {len(value)}'
    return type(value).__name__
