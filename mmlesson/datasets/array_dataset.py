"""Data sets that lie in memory and answer a whole batch at once."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmlesson.datasets.splits import (
    DEFAULT_RATIO,
    SPLIT_NAMES,
    Split,
    check_fold,
    check_ratio,
    check_seed,
    fold_indices,
    split_indices,
)
from mmlesson.errors import ArgumentError, check_choice

Array = npt.NDArray[Any]


class ArrayDataset(Dataset[dict[str, Tensor]], ABC):
    """One split of a labelled data set whose arrays fit into memory.

    Why it is here: it is the one place where splits are made, so no subclass can make them
    overlap, and where a batch costs a handful of tensor operations instead of Python per sample.

    A subclass names its ``classes``, and returns its complete arrays from `_load`. uint8 inputs
    stay uint8 until a batch is made; they are then multiplied by the subclass's ``scale``.

    Args:
        split: Which part to hold: 'train', 'val' or 'test'.
        split_seed: Decides which sample goes where. It belongs to the data, not to the run: a
            run's seed must never move a test sample into training.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation: the test split stays as it is, all other samples are
            dealt into n stratified folds, of which fold k, from 0, is 'val' and the rest 'train'.
            None for the shares of ``split_ratio``.

    Shape:
        A sample: inputs float32 (1, 8, 8) for an image or (D,) for a vector, labels int64 ().
        A batch: inputs float32 (N, ...), labels int64 (N,).

    Raises:
        ArgumentError: If an argument is not as described, or the split would be empty.
    """

    classes: tuple[str, ...]
    scale: float = 1.0

    def __init__(
        self,
        split: str = 'train',
        *,
        split_seed: int = 0,
        split_ratio: Sequence[float] = DEFAULT_RATIO,
        fold: Sequence[int] | None = None,
    ) -> None:
        owner = type(self).__name__
        check_choice(owner, 'split', split, SPLIT_NAMES)
        check_seed(owner, 'split_seed', split_seed)
        check_ratio(owner, 'split_ratio', split_ratio)
        check_fold(owner, 'fold', fold)
        self.split = split
        self.split_seed = split_seed
        self.split_ratio = tuple(split_ratio)
        self.fold = None if fold is None else tuple(fold)
        inputs, labels, strata = self._load()
        self._check_arrays(inputs, labels)
        self.source_sha256 = _hash_arrays(inputs, labels)
        dealt = self._deal(labels if strata is None else strata)
        self.splits = {name: Split.from_indices(name, part) for name, part in dealt.items()}
        self._hold(inputs, labels)

    def _deal(self, strata: Array) -> dict[str, npt.NDArray[np.int64]]:
        dealt = split_indices(strata, self.split_ratio, self.split_seed)
        if self.fold is None:
            return dealt
        rest = np.concatenate([dealt['train'], dealt['val']])
        return {**dealt, **fold_indices(strata, rest, self.fold, self.split_seed)}

    @abstractmethod
    def _load(self) -> tuple[Array, Array, Array | None]:
        """Return the complete data set, all splits together, always in the same order.

        Returns:
            Inputs, uint8 or floating, (N, D) or (N, C, H, W); labels, integer, (N,), in
            [0, len(classes)); strata, (N,), of which each split gets its share, or None to
            stratify by label.
        """

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return what is known of the data before they are loaded: the config check asks.

        Args:
            arguments: Those that the data set would be built with.

        Returns:
            'num_classes', 'input_shape' of one sample, 'num_samples' in all splits together;
            what is not known is left out.
        """
        return {'num_classes': len(cls.classes)} if hasattr(cls, 'classes') else {}

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return one sample, without a batch axis."""
        index = range(len(self))[index]  # counts from the end too; IndexError ends a for loop
        return {key: value[0] for key, value in self.__getitems__([index]).items()}

    def __getitems__(self, indices: list[int]) -> dict[str, Tensor]:
        """Return a whole batch; torch's DataLoader asks for it by this name.

        Args:
            indices: Positions in this split, each in [0, len(self)).

        Returns:
            'inputs', float32 (N, ...), and 'labels', int64 (N,), neither sharing memory with us.
        """
        chosen = torch.tensor(indices, dtype=torch.int64)
        # index_select takes half the time of self._inputs[chosen].
        inputs = self._to_float(self._inputs.index_select(0, chosen))
        return {'inputs': inputs, 'labels': self._labels.index_select(0, chosen)}

    @property
    def metainfo(self) -> dict[str, Any]:
        """What this is, in plain data: dataset, classes, input_shape (of one sample), split, …."""
        return {
            'dataset': type(self).__name__,
            'classes': self.classes,
            'input_shape': tuple(self._inputs.shape[1:]),
            'split': self.split,
            'split_seed': self.split_seed,
            'split_ratio': self.split_ratio,
            'fold': self.fold,
        }

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of the training split, for normalising.

        Summed in float64, over N (the population's deviation). The deviation of a constant
        feature is given as 1, so that dividing by it leaves the feature alone.

        Returns:
            Two float32 tensors: per channel, (C,), for images; per feature, (D,), for vectors.

        Raises:
            ArgumentError: If this is not the training split.
        """
        if self.split != 'train':
            raise ArgumentError(
                f"{type(self).__name__}.statistics must come from split 'train', got "
                f"{self.split!r}. Normalise every split with the training split's statistics."
            )
        inputs = self._to_float(self._inputs).double()
        dims = [dim for dim in range(inputs.ndim) if dim != 1]
        var, mean = torch.var_mean(inputs, dim=dims, correction=0)
        std = var.sqrt().masked_fill(var == 0, 1.0)
        return mean.float(), std.float()

    def _to_float(self, inputs: Tensor) -> Tensor:
        # A float32 scalar tensor turns uint8 into float32 and scales it in one operation.
        return inputs * self._scale if inputs.dtype == torch.uint8 else inputs

    def _hold(self, inputs: Array, labels: Array) -> None:
        """Keep the arrays of this split, as tensors."""
        indices = self.splits[self.split].indices
        if len(indices) == 0:
            raise ArgumentError(self._why_empty(len(labels)))
        dtype = np.uint8 if inputs.dtype == np.uint8 else np.float32
        self._inputs = torch.from_numpy(inputs[indices].astype(dtype, copy=False))
        self._labels = torch.from_numpy(labels[indices].astype(np.int64, copy=False))
        self._scale = torch.tensor(self.scale, dtype=torch.float32)

    def _why_empty(self, num_samples: int) -> str:
        ratio = self.split_ratio[SPLIT_NAMES.index(self.split)]
        if ratio == 0:
            cause = f'its ratio in split_ratio={self.split_ratio} is 0'
        else:
            cause = f'{num_samples} samples are too few for its ratio {ratio}'
        return (
            f'{type(self).__name__}.split {self.split!r} is empty: {cause}. '
            'Raise that ratio, or use another split.'
        )

    def _check_arrays(self, inputs: Array, labels: Array) -> None:
        """Catch what a new subclass can get wrong before it turns into wrong training."""
        owner = f'{type(self).__name__}._load'
        if inputs.ndim < 2 or labels.shape != inputs.shape[:1]:
            raise ArgumentError(
                f'{owner} must return inputs (N, ...) and labels (N,), '
                f'got shapes {inputs.shape} and {labels.shape}.'
            )
        if inputs.dtype != np.uint8 and not np.issubdtype(inputs.dtype, np.floating):
            raise ArgumentError(f'{owner} must return uint8 or float inputs, got {inputs.dtype}.')
        in_range = labels.size == 0 or (labels.min() >= 0 and labels.max() < len(self.classes))
        if not np.issubdtype(labels.dtype, np.integer) or not in_range:
            raise ArgumentError(
                f'{owner} must return integer labels in [0, {len(self.classes)}), got '
                f'{labels.dtype} with values {np.unique(labels)[:10].tolist()}.'
            )


def _hash_arrays(inputs: Array, labels: Array) -> str:
    """Return the hash of a whole data set: bytes, dtypes and shapes.

    A sample's own shape is left out: images and the same images laid flat are one source, and a
    model trained on the first must not be tested on the second unnoticed.
    """
    digest = hashlib.sha256()
    for array in (inputs.reshape(len(inputs), -1), labels):
        little = np.ascontiguousarray(array, array.dtype.newbyteorder('<'))
        digest.update(f'{little.dtype.str}{little.shape}'.encode())
        digest.update(little.data)
    return digest.hexdigest()
