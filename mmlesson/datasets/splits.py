"""Disjoint training, validation and test splits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.errors import ArgumentError, check_int, check_number

SPLIT_NAMES = ('train', 'val', 'test')
DEFAULT_RATIO = (0.6, 0.2, 0.2)

# What np.random.RandomState accepts as a seed.
MAX_SEED = 2**32 - 1


@dataclass(frozen=True)
class Split:
    """The samples of a dataset that form one split.

    Args:
        name: 'train', 'val' or 'test'.
        size: Number of samples.
        sha256: Hash of ``indices`` as little-endian int64 bytes, in hex.
        indices: Sorted int64 positions in the complete dataset, shape (size,).
    """

    name: str
    size: int
    sha256: str
    indices: npt.NDArray[np.int64] = field(compare=False, repr=False)  # compared by sha256

    @classmethod
    def from_indices(cls, name: str, indices: npt.NDArray[np.int64]) -> Split:
        """Return the split ``name`` of the samples at ``indices``, sorted."""
        if (np.diff(indices) < 0).any():  # checking the order is faster than sorting
            indices = np.sort(indices)
        # An explicit byte order makes the hash the same on every machine.
        sha256 = hashlib.sha256(indices.astype('<i8').tobytes()).hexdigest()
        return cls(name, len(indices), sha256, indices)


def check_seed(owner: str, name: str, value: Any) -> None:
    """Raise `ArgumentError` unless ``value`` can seed a `np.random.RandomState`."""
    check_int(owner, name, value, minimum=0)
    check_number(owner, name, value, maximum=MAX_SEED)


def check_ratio(owner: str, name: str, value: Any) -> None:
    """Raise `ArgumentError` unless ``value`` holds one fraction per split and they sum to 1."""
    if not isinstance(value, Sequence) or len(value) != len(SPLIT_NAMES):
        raise ArgumentError(
            f'{owner}.{name} must be three numbers, for {", ".join(SPLIT_NAMES)}, got {value!r}.'
        )
    for split_name, fraction in zip(SPLIT_NAMES, value, strict=True):
        check_number(owner, f'{name} for {split_name!r}', fraction, minimum=0, maximum=1)
    if abs(sum(value) - 1) > 1e-6:
        raise ArgumentError(f'{owner}.{name} must sum to 1, got {value!r}, which is {sum(value)}.')


def check_fold(owner: str, name: str, value: Any) -> None:
    """Raise `ArgumentError` unless ``value`` is None or (k, n): fold k of n, from 0."""
    if value is None:
        return
    is_pair = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2
    if not is_pair:
        raise ArgumentError(f'{owner}.{name} must be (k, n), fold k of n, or None, got {value!r}.')
    check_int(owner, f'{name} n', value[1], minimum=2)
    check_int(owner, f'{name} k', value[0], minimum=0)
    if value[0] >= value[1]:
        raise ArgumentError(f'{owner}.{name} must be (k, n) with k from 0 to n - 1, got {value!r}.')


def split_indices(
    strata: npt.NDArray[Any], ratios: Sequence[float], seed: int
) -> dict[str, npt.NDArray[np.int64]]:
    """Assign the samples of each stratum to train, val and test.

    Every sample goes to exactly one split, so that splits are disjoint by construction. Each split
    gets its fraction of each stratum to within one sample (largest remainder method; ties go to the
    earlier split).

    Args:
        strata: Group of each sample, usually its label, shape (N,).
        ratios: Fractions of train, val and test in [0, 1] that sum to 1; 0 gives an empty split.
        seed: Seed of the shuffling, 0 to 2**32 - 1.

    Returns:
        Sorted int64 indices into ``strata`` for each of 'train', 'val' and 'test'.

    Raises:
        ArgumentError: If ``ratios`` or ``seed`` is not as described.
    """
    check_ratio('split_indices', 'ratios', ratios)
    check_seed('split_indices', 'seed', seed)
    # RandomState, not default_rng: only its stream is frozen across numpy versions (NEP 19). If
    # splits changed, samples of an earlier test split would be trained on.
    rng = np.random.RandomState(seed)
    is_in = {name: np.zeros(len(strata), np.bool_) for name in SPLIT_NAMES}
    for stratum in np.unique(strata):
        members = rng.permutation(np.flatnonzero(strata == stratum).astype(np.int64))
        cuts = np.cumsum(split_sizes(len(members), ratios))[:-1]
        for name, part in zip(SPLIT_NAMES, np.split(members, cuts), strict=True):
            is_in[name][part] = True
    return {name: np.flatnonzero(mask).astype(np.int64) for name, mask in is_in.items()}


def split_sizes(count: int, ratios: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return the sizes of train, val and test, of ``count`` samples of one stratum.

    They sum to ``count`` and are in ``ratios`` to within one sample, by the largest remainder
    method.
    """
    shares = count * np.asarray(ratios, np.float64) / sum(ratios)
    # Round first: 100 * 0.29 is 28.999999999999996, and equal remainders must be a tie.
    shares = shares.round(9)
    allotted = np.floor(shares).astype(np.int64)
    neediest_first = np.argsort(allotted - shares, kind='stable')
    allotted[neediest_first[: count - allotted.sum()]] += 1
    return allotted


def fold_indices(
    strata: npt.NDArray[Any], indices: npt.NDArray[np.int64], fold: Sequence[int], seed: int
) -> dict[str, npt.NDArray[np.int64]]:
    """Divide samples into n folds; fold k is for validation, the others are for training.

    Samples are assigned to the folds in turn, stratum after stratum, so each sample is in exactly
    one fold, and both the sizes of the folds and the counts of each stratum in them differ by one
    sample at most.

    Args:
        strata: Group of each sample of the complete dataset, shape (N,).
        indices: The samples to divide, without those of the test split.
        fold: (k, n): index of the fold for validation, and number of folds.
        seed: Seed of the shuffling, 0 to 2**32 - 1; the same for all folds.

    Returns:
        Sorted int64 indices for 'train' and 'val'.

    Raises:
        ArgumentError: If there are fewer samples than folds, or an argument is not as described.
    """
    check_fold('fold_indices', 'fold', fold)
    check_seed('fold_indices', 'seed', seed)
    number, count = fold
    if len(indices) < count:
        raise ArgumentError(
            f'fold_indices.fold must have at most {len(indices)} folds, the number of samples '
            f'outside the test split, got {tuple(fold)!r}.'
        )
    rng = np.random.RandomState(seed)  # for its frozen stream, as in `split_indices`
    indices = np.sort(indices)
    members = [indices[strata[indices] == stratum] for stratum in np.unique(strata[indices])]
    deck = np.concatenate([rng.permutation(group) for group in members])
    is_val = np.arange(len(deck)) % count == number
    return {'train': np.sort(deck[~is_val]), 'val': np.sort(deck[is_val])}
