"""Which samples a split holds, and conflicts between splits: shared samples, other classes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import torch

from mmlesson.datasets.splits import Split
from mmlesson.errors import ArgumentError

Facts = dict[str, Any]

ALLOW_KEY = 'allow_split_conflicts'
"""Key of a config that turns the errors of `check_splits` into warnings."""


def describe_split(dataset: Any) -> Facts:
    """Describe which samples ``dataset`` holds, in plain data that a checkpoint can store.

    A wrapper with an attribute ``dataset`` is described by the dataset that it wraps, and by its
    ``indices`` if it has them; one with ``datasets``, by all of them.

    Args:
        dataset: An `ArrayDataset`, an mmengine ``BaseDataset`` after ``full_init``, a wrapper of
            them, or any other.

    Returns:
        'name' (of the split), 'source' (hash of the whole dataset), 'size' (different samples),
        'sha256' (hash of the choice of samples), 'indices' (int64 tensor into the source),
        'classes' (names); a dataset of files also has 'contents' (int64 tensor, a hash of each
        file), one whose samples are composed of those of another dataset, which it then describes,
        'is_composed', and a wrapper of several datasets 'parts', one description each. Unknown
        entries are None.
    """
    classes = (getattr(dataset, 'metainfo', None) or {}).get('classes')
    facts = _describe(dataset)
    return {**facts, 'classes': [str(name) for name in classes] if classes else facts['classes']}


def _describe(dataset: Any) -> Facts:
    name = getattr(dataset, 'split', None)
    name = name if isinstance(name, str) and name else None
    unknown = ('source', 'size', 'sha256', 'indices', 'classes')
    facts: Facts = {'name': name, **dict.fromkeys(unknown)}
    if hasattr(dataset, 'source_sha256'):
        split: Split = dataset.splits[dataset.split]
        indices = torch.from_numpy(split.indices.copy())
        ours = {'size': split.size, 'sha256': split.sha256, 'indices': indices}
        if hasattr(dataset, 'contents'):
            ours['contents'] = dataset.contents
        if getattr(dataset, 'is_composed', False):
            ours['is_composed'] = True
        return {**facts, 'source': dataset.source_sha256, **ours}
    # Not in the memory of mmengine's datasets that are built lazily or without serialize_data.
    if isinstance(getattr(dataset, 'data_bytes', None), np.ndarray):
        sha256 = hashlib.sha256(np.ascontiguousarray(dataset.data_bytes).data).hexdigest()
        return {**facts, 'size': len(dataset), 'sha256': sha256}
    if isinstance(parts := getattr(dataset, 'datasets', None), Sequence) and parts:
        return _join([describe_split(part) for part in parts])
    if hasattr(dataset, 'dataset'):
        inner = describe_split(dataset.dataset)
        chosen = getattr(dataset, 'indices', None)
        return inner if chosen is None else _choose(inner, chosen)
    return facts


def _choose(whole: Facts, chosen: Sequence[int]) -> Facts:
    """Return the description of a subset of a dataset."""
    if whole['sha256'] is None or whole.get('is_composed'):
        return whole  # a part of composed samples may still use all of what they are made of
    rows = np.asarray(chosen, np.int64)
    if whole['indices'] is not None:
        rows = whole['indices'].numpy()[rows]
    split = Split.from_indices(whole['name'] or '', np.unique(rows))
    source = whole['source'] if whole['indices'] is not None else whole['sha256']
    indices = torch.from_numpy(split.indices)
    known = {'size': split.size, 'sha256': split.sha256, 'indices': indices}
    if 'contents' in whole:
        known['contents'] = whole['contents'][torch.as_tensor(np.unique(chosen))]
    return {**whole, 'source': source, **known}


def _join(parts: list[Facts]) -> Facts:
    """Return the description of several datasets that are used as one."""
    joined = {**parts[0], 'source': None, 'indices': None, 'parts': parts}
    known = all(part['sha256'] for part in parts)
    text = ' '.join(f'{part["source"]}:{part["sha256"]}' for part in parts)
    return {
        **joined,
        'size': sum(part['size'] for part in parts) if known else None,
        'sha256': hashlib.sha256(text.encode()).hexdigest() if known else None,
    }


def check_splits(splits: Mapping[str, Mapping[str, Any]], allow: bool = False) -> list[str]:
    """Refuse to validate or test on training samples, or with classes in another order.

    Args:
        splits: `describe_split` of the splits that are known, by 'train', 'val' and 'test'.
        allow: Whether to return such conflicts as warnings instead.

    Returns:
        Warnings, a sentence each. That 'val' and 'test' share samples is always a warning.

    Raises:
        ArgumentError: If 'train' shares samples with another split, or their classes differ.
    """
    train, warnings = splits.get('train', {}), []
    for name in ('val', 'test'):
        other = splits.get(name, {})
        conflicts = [*_shared_samples(name, train, other), *_other_classes(name, train, other)]
        if conflicts and not allow:
            raise ArgumentError(
                f'{" ".join(conflicts)} Correct the data settings, or set {ALLOW_KEY}=True in the '
                'config to make this a warning.'
            )
        warnings += conflicts
    shared = _count_shared(splits.get('val', {}), splits.get('test', {}))
    if shared:
        warnings.append(
            f'val and test share {shared} samples: the test metrics are not independent of what '
            'was chosen by validation.'
        )
    return warnings


def _shared_samples(name: str, train: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    shared = _count_shared(train, other)
    if not shared:
        return []
    return [
        f'The {name} data ({other.get("name") or "unnamed"} split, {other.get("size")} samples) '
        f'holds {shared} samples of the training data. Keep split_seed and split_ratio of the '
        f"training data, and use split='{name}' or other files."
    ]


def _other_classes(name: str, train: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    own, others = train.get('classes'), other.get('classes')
    if not own or not others or list(own) == list(others):
        return []
    index, (ours, theirs) = next(
        (index, pair) for index, pair in enumerate(zip_longest(own, others)) if pair[0] != pair[1]
    )
    return [
        f'train has {len(own)} classes and {name} has {len(others)}, different from class {index} '
        f'on: {ours!r} in train, {theirs!r} in {name}. A class must have the same index in both.'
    ]


def _count_shared(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """Return how many samples of ``other`` are known to be in both; 0 if nothing is known."""
    if 'parts' in one:
        shared = sum(_count_shared(part, other) for part in one['parts'])
        return min(shared, int(other.get('size') or 0))  # its parts may share samples themselves
    if 'parts' in other:
        return sum(_count_shared(one, part) for part in other['parts'])
    if 'contents' in one and 'contents' in other:
        return int(torch.isin(other['contents'], one['contents']).sum())
    ours, theirs = one.get('indices'), other.get('indices')
    if ours is not None and theirs is not None:
        same_source = one.get('source') == other.get('source')
        return int(torch.isin(theirs, ours).sum()) if same_source else 0
    if ours is None and theirs is None:
        same = other.get('sha256') is not None and one.get('sha256') == other.get('sha256')
        return int(other.get('size') or 0) if same else 0
    subset, whole = (other, one) if ours is None else (one, other)
    is_part = subset.get('source') is not None and subset['source'] == whole.get('sha256')
    return int(subset.get('size') or 0) if is_part else 0
