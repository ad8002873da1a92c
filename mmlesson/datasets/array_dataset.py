"""Datasets that are kept in memory and return complete batches."""

# No `from __future__ import annotations`: it would turn the types of the fields into strings, which
# the module of a subclass cannot evaluate.

import hashlib
import math
import mmap
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmlesson.datasets.array_checks import check_arrays
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

_PIECE_BYTES = 1 << 20


@dataclass(kw_only=True, eq=False)
class ArrayDataset(Dataset[dict[str, Tensor]], ABC):
    """One split of a labelled dataset whose arrays fit into memory.

    Why it is here: splits are made in this class only, so no subclass can make them overlap, and a
    batch costs a few tensor operations instead of Python code per sample.

    A subclass sets ``classes`` and returns its complete arrays from `_load`. uint8 inputs stay
    uint8 until a batch is made; they are then multiplied by the subclass's ``scale``. A subclass
    with arguments of its own is a dataclass too; it checks them in ``__post_init__``.

    Args:
        split: Split to load: 'train', 'val' or 'test'. The only positional argument.
        split_seed: Seed of the assignment of samples to splits. It belongs to the data, not to the
            run: the seed of a run must never move a test sample into the training split.
        split_ratio: Fractions of train, val and test, which sum to 1.
        fold: (k, n) for cross-validation: the test split is unchanged, and all other samples are
            divided into n stratified folds, of which fold k, counted from 0, is 'val' and the
            others are 'train'. None for the fractions of ``split_ratio``.

    Shape:
        A sample: inputs float32 (1, 8, 8) for an image or (D,) for a vector, labels int64 ().
        A batch: inputs float32 (N, ...), labels int64 (N,).

    Raises:
        ArgumentError: If an argument is not as described, or the split would be empty.
    """

    scale: ClassVar[float] = 1.0

    split: str = field(default='train', kw_only=False)
    split_seed: int = 0
    split_ratio: Sequence[float] = DEFAULT_RATIO
    fold: Sequence[int] | None = None
    classes: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the arguments, load the arrays and keep those of the split."""
        owner = type(self).__name__
        check_choice(owner, 'split', self.split, SPLIT_NAMES)
        check_seed(owner, 'split_seed', self.split_seed)
        check_ratio(owner, 'split_ratio', self.split_ratio)
        check_fold(owner, 'fold', self.fold)
        self.split_ratio = tuple(self.split_ratio)
        self.fold = None if self.fold is None else tuple(self.fold)
        inputs, labels, strata = self._load()
        check_arrays(f'{owner}._load', inputs, labels, len(self.classes))
        with ThreadPoolExecutor(1) as pool:  # hashing takes as long as the rest
            digest = pool.submit(_hash_arrays, inputs, labels)
            assigned = self._assign(labels if strata is None else strata)
            self.splits = {name: Split.from_indices(name, part) for name, part in assigned.items()}
            self._hold(inputs, labels)
        self.source_sha256 = digest.result()

    def _assign(self, strata: Array) -> dict[str, npt.NDArray[np.int64]]:
        assigned = split_indices(strata, self.split_ratio, self.split_seed)
        if self.fold is None:
            return assigned
        rest = np.concatenate([assigned['train'], assigned['val']])
        return {**assigned, **fold_indices(strata, rest, self.fold, self.split_seed)}

    @abstractmethod
    def _load(self) -> tuple[Array, Array, Array | None]:
        """Return the complete dataset, all splits together, always in the same order.

        Returns:
            Inputs, uint8 or floating, (N, D) or (N, C, H, W); labels, integer, (N,), in
            [0, len(classes)); strata, (N,), which are represented in each split in proportion, or
            None to stratify by label.
        """

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return known facts about the data without loading it, for the config check.

        Args:
            arguments: Arguments that the dataset would be built with.

        Returns:
            'num_classes', 'input_shape' of one sample, 'num_samples' in all splits together,
            'class_sizes', the samples of each stratum, usually a class;
            unknown entries are omitted.
        """
        classes = getattr(cls, 'classes', None)
        return {} if classes is None else {'num_classes': len(classes)}

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return one sample, without a batch axis."""
        index = range(len(self))[index]  # supports negative indices; IndexError ends a for loop
        return {key: value[0] for key, value in self.__getitems__([index]).items()}

    def __getitems__(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> dict[str, Tensor]:
        """Return a complete batch; torch's DataLoader calls this method if a dataset has it.

        Args:
            indices: Positions in this split, each in [0, len(self)).

        Returns:
            'inputs', float32 (N, ...), and 'labels', int64 (N,): copies, not views of the data.
        """
        chosen = torch.from_numpy(np.asarray(indices, dtype=np.int64))  # faster than torch.tensor
        chosen = chosen.to(self._labels.device)
        # index_select takes half the time of self._inputs[chosen].
        inputs = self._to_float(self._inputs.index_select(0, chosen))
        return {'inputs': inputs, 'labels': self._labels.index_select(0, chosen)}

    @property
    def sample_bytes(self) -> int:
        """Size of one sample's inputs as float32."""
        return 4 * math.prod(self._inputs.shape[1:])

    def full_init(self) -> None:
        """Do nothing: the arrays are loaded already. mmengine's dataset wrappers call this."""

    def get_data_info(self, index: int) -> dict[str, Any]:
        """Return the annotation of one sample, as mmengine's dataset wrappers ask for it."""
        return {'gt_label': int(self._labels[index]), 'sample_idx': range(len(self))[index]}

    def get_cat_ids(self, index: int) -> list[int]:
        """Return the class of one sample in a list, for mmengine's ``ClassBalancedDataset``."""
        return [int(self._labels[index])]

    def get_subset(self, indices: Sequence[int] | int) -> 'ArrayDataset':
        """Return a dataset of some samples, for mmpretrain's ``KFoldDataset``.

        Args:
            indices: Positions in this split; or the first n (for -n, the last n) samples.
        """
        whole = range(len(self))
        if isinstance(indices, int):
            indices = whole[:indices] if indices >= 0 else whole[indices:]
        chosen = torch.tensor([whole[index] for index in indices], dtype=torch.int64)
        subset = copy(self)
        subset._inputs, subset._labels = self._inputs[chosen], self._labels[chosen]
        rows = self.splits[self.split].indices[chosen.numpy()]
        subset.splits = {**self.splits, self.split: Split.from_indices(self.split, rows)}
        return subset

    @property
    def metainfo(self) -> dict[str, Any]:
        """Description in plain data: dataset, classes, input_shape of a sample, split settings."""
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
        """Return the mean and the standard deviation of the training split.

        Computed in float64 and divided by N (population deviation). The deviation of a constant
        feature is 1, so that dividing by it does not change the feature.

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
        return mean_and_std(self._to_float(self._inputs))

    def _to_float(self, inputs: Tensor) -> Tensor:
        # A float32 scalar tensor turns uint8 into float32 and scales it in one operation.
        return inputs * self._scale if inputs.dtype == torch.uint8 else inputs

    def _hold(self, inputs: Array, labels: Array) -> None:
        """Keep the arrays of this split as tensors."""
        indices = self.splits[self.split].indices
        if len(indices) == 0:
            raise ArgumentError(self._why_empty(len(labels)))
        dtype = np.uint8 if inputs.dtype == np.uint8 else np.float32
        self._inputs = torch.from_numpy(_take(inputs, indices, dtype))
        self._labels = torch.from_numpy(labels[indices].astype(np.int64, copy=False))
        self._scale = torch.tensor(self.scale, dtype=torch.float32)

    @property
    def nbytes(self) -> int:
        """Size of the arrays of this split, in bytes."""
        return self._inputs.nbytes + self._labels.nbytes

    def to(self, device: torch.device | str) -> None:
        """Move the arrays of this split to a device, where batches are made from then on."""
        self._inputs = self._inputs.to(device)
        self._labels = self._labels.to(device)
        self._scale = self._scale.to(device)

    def _why_empty(self, num_samples: int) -> str:
        ratio = self.split_ratio[SPLIT_NAMES.index(self.split)]
        if ratio == 0:
            cause = f'its fraction in split_ratio={self.split_ratio} is 0'
        else:
            cause = f'{num_samples} samples are too few for its fraction {ratio}'
        return (
            f'{type(self).__name__}.split {self.split!r} is empty: {cause}. '
            'Increase that fraction, or use another split.'
        )


def mean_and_std(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of inputs (N, C, ...) as `ArrayDataset.statistics` does."""
    inputs = inputs.double()
    dims = [dim for dim in range(inputs.ndim) if dim != 1]
    var, mean = torch.var_mean(inputs, dim=dims, correction=0)
    std = var.sqrt().masked_fill(var == 0, 1.0)
    return mean.float(), std.float()


def _hash_arrays(inputs: Array, labels: Array) -> str:
    """Return the hash of a complete dataset: bytes, dtypes and sizes.

    The shape of a sample is ignored: images and the same images as flat vectors have the same hash,
    so that testing on samples that were trained on in the other shape is detected.
    """
    digest = hashlib.sha256()
    for array in (inputs, labels):
        dtype = array.dtype.newbyteorder('<')
        shape = array.shape if array.ndim == 1 else (len(array), math.prod(array.shape[1:]))
        digest.update(f'{dtype.str}{shape}'.encode())
        for start in range(0, len(array), step := _rows_per_piece(array)):
            digest.update(np.ascontiguousarray(array[start : start + step], dtype).data)
            _release(array)
    return digest.hexdigest()


def _take(array: Array, indices: npt.NDArray[np.int64], dtype: type[np.generic]) -> Array:
    """Return the rows at sorted indices; a mapped file is read in pieces, to save memory."""
    taken = np.empty((len(indices), *array.shape[1:]), dtype)
    for start in range(0, len(array), step := _rows_per_piece(array)):
        first, last = np.searchsorted(indices, (start, start + step))
        taken[first:last] = array[indices[first:last]]
        _release(array)
    return taken


def _rows_per_piece(array: Array) -> int:
    return max(1, _PIECE_BYTES // max(1, math.prod(array.shape[1:]) * array.itemsize))


def _release(array: Array) -> None:
    """Let the system drop the pages of a mapped file that have been read."""
    mapped = getattr(array, '_mmap', None)
    if mapped is not None and hasattr(mapped, 'madvise'):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)
