"""Collate function: converts the samples of any dataset to ``dict(inputs, labels)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from mmlesson.errors import ArgumentError
from mmlesson.registry import FUNCTIONS

_EXPECTED = (
    "lesson_collate must get samples dict(inputs=Tensor, labels=int) or mmpretrain's "
    'PackInputs samples dict(inputs=Tensor, data_samples=DataSample)'
)


@FUNCTIONS.register_module()
def lesson_collate(batch: Any) -> dict[str, Tensor]:
    """Convert samples to a batch ``dict(inputs=..., labels=...)``.

    A config needs the prefix, ``collate_fn=dict(type='mmlesson.lesson_collate')``: mmengine 0.10
    ignores ``default_scope`` when it looks up a collate function (``Runner.build_dataloader``).

    Args:
        batch: A complete batch, as `ArrayDataset.__getitems__` returns it, which is not changed; a
            list of samples ``dict(inputs, labels)``; or a list of samples of an mmcv or mmpretrain
            pipeline that ends with ``PackInputs``.

    Returns:
        'inputs', float32 (N, ...), values unchanged (uint8 0-255 stays in that range, as an
        mmpretrain preprocessor expects), and 'labels', int64 (N,).

    Raises:
        ArgumentError: If the batch is none of these, a sample does not have exactly one label, or
            the samples differ in shape.
    """
    if isinstance(batch, Mapping) and isinstance(batch.get('inputs'), Tensor):
        return dict(batch)
    if not isinstance(batch, Sequence) or isinstance(batch, str) or len(batch) == 0:
        raise ArgumentError(f'{_EXPECTED}, in a list; got {_brief(batch)}.')
    inputs = [_input_of(sample) for sample in batch]
    labels = [_label_of(sample) for sample in batch]
    shapes = sorted({tuple(tensor.shape) for tensor in inputs})
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
    """A dataset failed to return a sample; the cause is attached."""


class NamedSamples(Dataset[Any]):
    """A dataset whose errors name the sample that failed.

    All other attributes are those of the wrapped dataset, for reading and for writing: hooks
    replace, for example, ``loader.dataset.pipeline``.

    Args:
        dataset: A dataset with ``__getitem__``.

    Raises:
        SampleError: On reading a sample, if the dataset raises any exception.
    """

    def __init__(self, dataset: Any) -> None:
        self.__dict__['_wrapped'] = dataset

    def __len__(self) -> int:
        return len(self._wrapped)

    def __getitem__(self, index: int) -> Any:
        """Return one sample."""
        try:
            return self._wrapped[index]
        except Exception as err:
            raise SampleError(
                f'{type(self._wrapped).__name__}: sample {index} failed '
                f'({type(err).__name__}: {err})'
            ) from err

    def __getattr__(self, name: str) -> Any:
        if name == '_wrapped':  # looked up before it is set, while unpickling
            raise AttributeError(name)
        return getattr(self._wrapped, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._wrapped, name, value)


def name_failing_samples(dataset: Any) -> Any:
    """Return a dataset whose errors name the sample that failed.

    A dataset with its own ``__getitems__``, which names samples itself, and a stream, which has no
    indices, are returned unchanged.
    """
    is_indexed = hasattr(dataset, '__getitem__') and not isinstance(dataset, IterableDataset)
    return NamedSamples(dataset) if is_indexed and not hasattr(dataset, '__getitems__') else dataset


def read_samples(loader: Any, indices: Sequence[int]) -> dict[str, Tensor]:
    """Return samples of a loader's dataset as one batch, without its sampler.

    Args:
        loader: A DataLoader.
        indices: Positions in its dataset.
    """
    dataset = loader.dataset
    if hasattr(dataset, '__getitems__'):
        samples = dataset.__getitems__(list(indices))
    else:
        samples = [dataset[index] for index in indices]
    batch: dict[str, Tensor] = loader.collate_fn(samples)
    return batch


def _input_of(sample: Any) -> Tensor:
    inputs = sample.get('inputs') if isinstance(sample, Mapping) else None
    if not isinstance(inputs, Tensor):
        raise ArgumentError(f'{_EXPECTED}; got a sample that is {_brief(sample)}.')
    return inputs


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
    label = torch.as_tensor(label)
    if label.numel() != 1 or label.is_floating_point():
        raise ArgumentError(
            f'lesson_collate must get one class index per sample, got label {label.tolist()}.'
        )
    return int(label)


def _brief(value: Any) -> str:
    """Describe the type of ``value``, without its numbers."""
    if isinstance(value, Mapping):
        items = ', '.join(f'{key}={type(item).__name__}' for key, item in value.items())
        return f'{type(value).__name__}({items})'
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f'{type(value).__name__} of length {len(value)}'
    return type(value).__name__
