"""Description of the training data in a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mmlesson.runs.side_file import is_count

LARGEST_SAMPLE = 10**8  # numbers; more would fill the memory


def meta_of(checkpoint: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entry 'meta' of a checkpoint; an empty one if it has another form."""
    found = checkpoint.get('meta')
    return found if isinstance(found, Mapping) else {}


def dataset_meta(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of the training data in a checkpoint.

    Args:
        checkpoint: As read; it may be from a stranger.

    Returns:
        The entries of ``meta.dataset_meta``, with those of `names_in`; 'input_shape' is a tuple of
        positive numbers, or None if no sample can have it.
    """
    found = meta_of(checkpoint).get('dataset_meta')
    plain = dict(found) if isinstance(found, Mapping) else {}
    shape = plain.get('input_shape') or ()
    fits = _is_shape(shape)
    return {**plain, **names_in(plain), 'input_shape': tuple(shape) if fits else None}


def names_in(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the names in the description of a dataset: its 'classes', and its 'keypoints'.

    Args:
        meta: Description, such as the ``metainfo`` of a dataset.

    Returns:
        A tuple of texts for each; empty if there are no names.
    """
    found = {name: (meta or {}).get(name) for name in ('classes', 'keypoints')}
    return {
        name: tuple(map(str, names)) if isinstance(names, list | tuple) else ()
        for name, names in found.items()
    }


def _is_shape(value: Any) -> bool:
    is_list = isinstance(value, list | tuple) and 0 < len(value) < 10
    return is_list and all(map(is_count, value)) and 0 < math.prod(value) <= LARGEST_SAMPLE


def step_of(checkpoint: Mapping[str, Any]) -> int:
    """Return the epoch of a checkpoint, or else its iteration; 0 if it has neither."""
    meta = meta_of(checkpoint)
    found = [meta.get(key) for key in ('epoch', 'iter')]
    return next((step for step in found if step and is_count(step)), 0)
