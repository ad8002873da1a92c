"""Datasets whose errors name the sample that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from mmlesson.datasets.array_dataset import ArrayDataset
from mmlesson.datasets.collate import first_non_finite
from mmlesson.errors import RunError, locate


class SampleError(RunError):
    """A dataset failed to return a sample, or returned NaN; the cause is attached."""


class NamedSamples(Dataset[Any]):
    """A dataset whose errors name the sample that failed.

    All other attributes are those of the wrapped dataset, for reading and for writing: hooks
    replace, for example, ``loader.dataset.pipeline``.

    Args:
        dataset: A dataset with ``__getitem__``.

    Raises:
        SampleError: On reading a sample, if the dataset raises any exception, or if the 'inputs'
            of the sample are not finite.
    """

    def __init__(self, dataset: Any) -> None:
        self.__dict__['_wrapped'] = dataset

    @property
    def type_name(self) -> str:
        """Name of the class of the wrapped dataset."""
        return type(self._wrapped).__name__

    def __len__(self) -> int:
        return len(self._wrapped)

    def __getitem__(self, index: int) -> Any:
        """Return one sample."""
        try:
            sample = self._wrapped[index]
        except Exception as err:
            raise SampleError(
                f'{self.type_name}: sample {index}{self._file_of(index)} failed ({locate(err)})'
            ) from err
        inputs = sample.get('inputs') if isinstance(sample, Mapping) else None
        if isinstance(inputs, Tensor):
            self._check_finite(inputs[None], [index])
        return sample

    def _file_of(self, index: int) -> str:
        """Return the image file of a sample in parentheses, as far as mmengine's datasets know."""
        try:
            return f' ({self._wrapped.get_data_info(index)["img_path"]})'
        except Exception:  # the sample has failed already
            return ''

    def _check_finite(self, inputs: Tensor, indices: Sequence[int]) -> None:
        wrong = first_non_finite(inputs)
        if wrong is not None:
            raise SampleError(
                f'{self.type_name}: sample {indices[wrong[0]]} must be finite in '
                f'float32, got {wrong[1]}. Remove or replace such values.'
            )

    def __getattr__(self, name: str) -> Any:
        if name == '_wrapped':  # looked up before it is set, while unpickling
            raise AttributeError(name)
        return getattr(self._wrapped, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._wrapped, name, value)


class NamedBatches(NamedSamples):
    """`NamedSamples` for a dataset that returns a whole batch at once."""

    def __getitems__(self, indices: list[int]) -> Any:
        """Return the samples at ``indices``, as a batch or a list."""
        try:
            batch = self._wrapped.__getitems__(indices)
        except Exception as err:
            raise SampleError(
                f'{self.type_name}: one of the samples {indices} failed ({locate(err)})'
            ) from err
        if isinstance(batch, Mapping) and isinstance(batch.get('inputs'), Tensor):
            self._check_finite(batch['inputs'], indices)
            self._check_labels(batch.get('labels'), indices)
        return batch

    def _check_labels(self, labels: Any, indices: Sequence[int]) -> None:
        """Check the labels of a complete batch; `lesson_collate` checks those of a list."""
        owner = self.type_name
        if isinstance(labels, Mapping):
            self._check_rows(labels, indices)
            return
        is_int = isinstance(labels, Tensor) and not torch.is_floating_point(labels)
        if not is_int or labels.shape != (len(indices),) or bool((labels < 0).any()):
            got = labels.tolist() if isinstance(labels, Tensor) else labels
            raise SampleError(
                f'{owner}: the labels of a batch must be a class index >= 0 per sample, got '
                f'{str(got)[:100]} for the samples {str(indices)[:100]}.'
            )

    def _check_rows(self, labels: Mapping[str, Any], indices: Sequence[int]) -> None:
        """Check that each of several labels has a row per sample."""
        for name, values in labels.items():
            if not isinstance(values, Tensor) or len(values) != len(indices):
                got = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
                raise SampleError(
                    f'{self.type_name}: labels[{name!r}] of a batch must be a tensor with one row '
                    f'for each of {len(indices)} samples, got {got}.'
                )


def name_failing_samples(dataset: Any) -> Any:
    """Return a dataset whose errors name the sample that failed.

    An `ArrayDataset`, whose arrays have been checked, and a stream, which has no indices, are
    returned unchanged.
    """
    if isinstance(dataset, ArrayDataset | IterableDataset) or not hasattr(dataset, '__getitem__'):
        return dataset
    has_batches = hasattr(dataset, '__getitems__')
    return NamedBatches(dataset) if has_batches else NamedSamples(dataset)
