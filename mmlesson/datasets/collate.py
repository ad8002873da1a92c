"""The door: whatever a data set hands over leaves here as the house's one batch shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from mmlesson.errors import ArgumentError
from mmlesson.registry import FUNCTIONS

_EXPECTED = (
    "lesson_collate must get samples dict(inputs=Tensor, labels=int) or mmpretrain's "
    'PackInputs samples dict(inputs=Tensor, data_samples=DataSample)'
)


@FUNCTIONS.register_module()
def lesson_collate(batch: Any) -> dict[str, Tensor]:
    """Turn what a data set gives into ``dict(inputs=..., labels=...)``.

    A config spells it ``collate_fn=dict(type='mmlesson.lesson_collate')``: mmengine 0.10 looks a
    collate function up without regard to ``default_scope`` (runner.py, ``build_dataloader``).

    Args:
        batch: A batch that is ready (what our ``__getitems__`` gives; returned as it is), a list
            of our samples, or a list of samples of an mmcv or mmpretrain pipeline that ends with
            ``PackInputs``.

    Returns:
        'inputs', float32 (N, ...), values as they came (uint8 0-255 stays in that range, as an
        mmpretrain preprocessor expects), and 'labels', int64 (N,).

    Raises:
        ArgumentError: If it is none of these, if a sample has no label or several, or if the
            samples differ in shape.
    """
    if isinstance(batch, Mapping) and isinstance(batch.get('inputs'), Tensor):
        return dict(batch)
    if not isinstance(batch, Sequence) or isinstance(batch, str) or len(batch) == 0:
        raise ArgumentError(f'{_EXPECTED}, in a list; got {_brief(batch)}.')
    inputs = [_input_of(sample) for sample in batch]
    labels = [_label_of(sample) for sample in batch]
    shapes = sorted({tuple(one.shape) for one in inputs})
    if len(shapes) > 1:
        raise ArgumentError(
            f'lesson_collate must get samples of one shape, got {", ".join(map(str, shapes))}. '
            "Add dict(type='Resize', scale=...) to the dataset's pipeline."
        )
    return {
        'inputs': torch.stack(inputs).to(torch.float32),
        'labels': torch.tensor(labels, dtype=torch.int64),
    }


class SampleError(RuntimeError):
    """A data set could not give a sample; the cause is attached."""


def name_failing_samples(dataset: Any) -> None:
    """Make a data set that is read sample by sample say which one failed.

    A data set with a ``__getitems__`` of its own answers for itself.
    """
    if not hasattr(dataset, '__getitems__'):
        dataset.__getitems__ = partial(_fetch_each, dataset)  # torch's DataLoader looks for it


def _fetch_each(dataset: Any, indices: list[int]) -> list[Any]:
    samples = []
    for index in indices:
        try:
            samples.append(dataset[index])
        except Exception as err:
            raise SampleError(
                f'{type(dataset).__name__}: sample {index} failed ({type(err).__name__}: {err})'
            ) from err
    return samples


def _input_of(sample: Any) -> Tensor:
    inputs = sample.get('inputs') if isinstance(sample, Mapping) else None
    if not isinstance(inputs, Tensor):
        raise ArgumentError(f'{_EXPECTED}; got a sample that is {_brief(sample)}.')
    return inputs


def _label_of(sample: Mapping[str, Any]) -> int:
    """Return the one label of a sample; ``gt_label`` is how mmpretrain's DataSample spells it."""
    label = sample.get('labels')
    if label is None:
        # Known by its attribute: importing mmpretrain for an isinstance costs six seconds.
        label = getattr(sample.get('data_samples'), 'gt_label', None)
    if label is None:
        raise ArgumentError(
            f'{_EXPECTED}; got a sample without a label: {_brief(sample)}. Check that the '
            'annotations hold labels and that the pipeline ends with PackInputs.'
        )
    label = torch.as_tensor(label)
    if label.numel() != 1 or label.is_floating_point():
        raise ArgumentError(
            f'lesson_collate must get one class index per sample, got label {label.tolist()}.'
        )
    return int(label)


def _brief(value: Any) -> str:
    """Say what ``value`` is, without its numbers."""
    if isinstance(value, Mapping):
        items = ', '.join(f'{key}={type(item).__name__}' for key, item in value.items())
        return f'{type(value).__name__}({items})'
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f'{type(value).__name__} of length {len(value)}'
    return type(value).__name__
