"""Conversion of a checkpoint of another runner to plain data, without running code from it."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from mmlesson.runs.checkpoint import CheckpointError, to_plain, write_checkpoint

_NUMPY = ('numpy.core.multiarray', 'numpy._core.multiarray')
_multiarray: Any = getattr(np, '_core', None) or np.core


def _encode(text: str, _: str = '') -> bytes:
    """Return the bytes that pickle writes as text."""
    return text.encode('latin1')


ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ('collections', 'OrderedDict'): OrderedDict,
    ('torch', 'Size'): torch.Size,
    ('torch._utils', '_rebuild_tensor_v2'): torch._utils._rebuild_tensor_v2,
    ('torch._utils', '_rebuild_parameter'): torch._utils._rebuild_parameter,
    ('_codecs', 'encode'): _encode,
    ('numpy', 'dtype'): np.dtype,
    ('numpy', 'ndarray'): np.ndarray,
    **{(module, 'scalar'): _multiarray.multiarray.scalar for module in _NUMPY},
    **{(module, '_reconstruct'): _multiarray.multiarray._reconstruct for module in _NUMPY},
}
"""Functions and classes that a file may call; any other becomes a `Placeholder`."""


class Placeholder:
    """Takes the place of any other class or function in a file, and does nothing."""

    def __new__(cls, *_: Any, **__: Any) -> Placeholder:
        """Return an instance, whatever the arguments are."""
        return super().__new__(cls)

    def __call__(self, *_: Any, **__: Any) -> Placeholder:
        """Return itself: the file may call what it believes to be a function."""
        return self

    def __setstate__(self, state: Any) -> None:
        """Discard the state."""

    def _discard(self, *_: Any) -> None:
        """Discard an element of a list, set or dict."""

    append = extend = add = __setitem__ = _discard


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return ALLOWED.get((module, name), Placeholder)


_PICKLE = ModuleType('pickle', 'The part of pickle that `torch.load` uses, with an allow-list.')
_PICKLE.Unpickler = _Unpickler  # type: ignore[attr-defined]
_PICKLE.load = lambda file, **options: _Unpickler(file, **options).load()  # type: ignore[attr-defined]


def convert_checkpoint(source: Path, target: Path) -> tuple[int, list[str]]:
    """Write the weights of a checkpoint, and what describes them, as plain data.

    Checkpoints of mmengine's runner contain its log and other objects. They are discarded; so is
    the state of the optimizer, because an exact resume needs more than such a checkpoint has.

    Args:
        source: Checkpoint of another runner.
        target: File to write, which must not exist.

    Returns:
        Number of tensors, and the entries of the checkpoint that were left out.

    Raises:
        CheckpointError: If the source cannot be read or has no weights, or the target exists.
    """
    if target.exists():
        raise CheckpointError(f'{target} exists already. Choose another name.')
    checkpoint = _read(source)
    weights = checkpoint.get('state_dict', checkpoint)
    if not isinstance(weights, dict) or not weights:
        raise CheckpointError(f'{source} has no weights: state_dict is no dict, or is empty.')
    state = {str(key): value for key, value in weights.items() if isinstance(value, torch.Tensor)}
    if not state:
        raise CheckpointError(f'{source} has no weights: its entries are {_listed(weights)}.')
    meta, left_out = _plain_meta(checkpoint.get('meta'))
    if 'state_dict' in checkpoint:
        left_out += [str(key) for key in checkpoint if key not in ('state_dict', 'meta')]
    left_out += [f'state_dict.{key}' for key in weights if key not in state]
    write_checkpoint(target, {'meta': meta, 'state_dict': state})
    return len(state), left_out


def _read(source: Path) -> dict[str, Any]:
    if not source.is_file():
        raise CheckpointError(f'There is no checkpoint at {source}. Check the path.')
    try:
        found = torch.load(source, map_location='cpu', pickle_module=_PICKLE, weights_only=False)
    except MemoryError:
        raise
    except Exception as err:  # torch's reader raises anything for a damaged file
        raise CheckpointError(
            f'{source} is damaged or not a checkpoint: {type(err).__name__}: {err}'
        ) from err
    if not isinstance(found, dict):
        raise CheckpointError(f'{source} holds a {type(found).__name__}, not a checkpoint.')
    return found


def _plain_meta(meta: Any) -> tuple[dict[str, Any], list[str]]:
    plain: dict[str, Any] = {}
    left_out = []
    for key, value in (meta if isinstance(meta, dict) else {}).items():
        try:
            plain[str(key)] = to_plain(value)
        except TypeError:  # a placeholder
            left_out.append(f'meta.{key}')
    return plain, left_out


def _listed(entries: dict[Any, Any]) -> str:
    return ', '.join(map(str, list(entries)[:5])) or 'none'
