"""Checkpoint files: plain data only, written atomically, read safely."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import numpy as np
import torch
from torch import nn

from mmlesson.errors import RunError, UserError
from mmlesson.runs.side_file import (
    Fits,
    an_object,
    anything,
    is_count,
    is_file,
    is_number,
    is_text,
    objects_of,
    or_none,
)
from mmlesson.utils.atomic_file import atomic_path

LAST = 'last_checkpoint'


class CheckpointError(UserError):
    """A checkpoint file cannot be read, must not be read, or does not fit."""


class SaveError(RunError):
    """A checkpoint could not be written; earlier checkpoints are intact."""


def to_plain(value: Any, path: str = 'checkpoint') -> Any:
    """Convert ``value`` to types that ``torch.load(weights_only=True)`` accepts.

    NumPy scalars and arrays become Python numbers and tensors, tensors go to the CPU.

    Raises:
        TypeError: If it contains another type; the message has its path.
    """
    if isinstance(value, np.generic):  # np.float64 is also a float, but torch refuses to load it
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, Mapping):
        return {
            key: to_plain(item, f'{path}.{key}') if isinstance(key, str | int) else _refuse(path)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(to_plain(item, f'{path}[{i}]') for i, item in enumerate(value))
    return _refuse(f'{path}: {type(value).__name__}')


def _refuse(what: str) -> Any:
    raise TypeError(f'A checkpoint must hold plain data only; this is not plain: {what}.')


def write_checkpoint(path: Path, checkpoint: Mapping[str, Any]) -> None:
    """Write a checkpoint under a temporary name, flush it to the disk, then rename it.

    Raises:
        SaveError: If writing fails; an existing file at ``path`` is unchanged.
    """
    plain = to_plain(checkpoint)
    try:
        with atomic_path(path) as temporary:
            torch.save(plain, temporary)
    except (OSError, RuntimeError) as err:
        # torch's zip writer raises a RuntimeError for ENOSPC.
        cause = err.__context__ if isinstance(err.__context__, OSError) else err
        raise SaveError(
            f'{path} could not be written: {cause}. Older checkpoints are intact; make room on the '
            'disk and start again with --resume.'
        ) from err


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint without executing code from it.

    Args:
        path: File, or an http(s) URL, which is downloaded to torch's cache first.

    Raises:
        CheckpointError: If the file is missing, truncated, or contains more than plain data.
    """
    file = _download(str(path)) if str(path).startswith(('http://', 'https://')) else Path(path)
    if not is_file(file):
        raise CheckpointError(f'There is no checkpoint at {_shorten(file)}. Check the path.')
    try:
        _verify_archive(file)
        checkpoint = torch.load(file, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as err:
        raise CheckpointError(
            f'{file} was refused: it contains more than plain data, and loading it could execute '
            "code. No code was executed. Convert a checkpoint of mmengine's runner by "
            f'mmlesson convert {file} NEW_FILE'
        ) from err
    except MemoryError:
        raise
    except Exception as err:  # torch raises various errors for a damaged file
        raise CheckpointError(
            f'{file} is damaged or not a checkpoint. Use another one. ({_first_line(err)})'
        ) from err
    if not isinstance(checkpoint, dict):
        raise CheckpointError(f'{file} holds a {type(checkpoint).__name__}, not a checkpoint.')
    return checkpoint


def _shorten(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 300 else f'{text[:100]}…{text[-100:]} ({len(text)} letters)'


def require_resumable(checkpoint: Mapping[str, Any], name: str) -> None:
    """Raise `CheckpointError` unless a checkpoint has every part that resuming needs.

    Args:
        checkpoint: As read.
        name: What to call it in an error.
    """
    if 'loop' not in checkpoint:
        raise CheckpointError(
            f'{name} holds weights only, nothing to resume from. '
            'Start from its weights with --cfg-options load_from=PATH.'
        )
    for part, fits in _PARTS.items():
        if part not in checkpoint:
            raise CheckpointError(f'{name} lacks the part {part!r}: it cannot be resumed from.')
        if not fits(checkpoint[part]):
            kind = type(checkpoint[part]).__name__
            raise CheckpointError(
                f'{name} cannot be resumed from: its part {part!r} ({kind}) has another form than '
                'training writes, or a number that cannot be.'
            )


def _is_dict(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list_of_dicts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_dict, value))


def _is_schedules(value: Any) -> bool:
    """A list of states, or one by the name of each optimizer."""
    lists = value.values() if isinstance(value, Mapping) else [value]
    return all(map(_is_list_of_dicts, lists))


def _is_random_states(value: Any) -> bool:
    """At least one state, as `rng_state.capture` returns it."""
    fits = an_object(python=_is_list, numpy=_is_list, torch=_is_bytes, cuda=or_none(_is_bytes))
    return isinstance(value, list | tuple) and bool(value) and all(map(fits, value))


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_bytes(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype == torch.uint8


def _is_tensors(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(tensor, torch.Tensor) for tensor in value.values()
    )


_PARTS: dict[str, Fits] = {
    'meta': an_object(seed=is_count),
    'state_dict': _is_dict,
    'optimizer': _is_dict,
    'param_schedulers': _is_schedules,
    'loop': an_object(
        **dict.fromkeys(('epoch', 'iter', 'batch_idx', 'samples_seen'), is_count),
        train_seconds=is_number,
        meter=_is_dict,
    ),
    'gradients': _is_tensors,
    'random_state': _is_random_states,
    **dict.fromkeys(('train_metrics', 'val_metrics'), _is_dict),
    'stop': or_none(an_object(reason=is_text, message=is_text, epoch=is_count)),
    'splits': objects_of(size=anything, sha256=anything),
    'hooks': objects_of(),
}
"""Parts of a checkpoint that a run can be resumed from, and a check of each."""


def _verify_archive(file: Path) -> None:
    """Raise `BadZipFile` if the archive is corrupted, since torch's reader checks no CRC.

    Files of torch < 1.6 are not archives and have no checksum.
    """
    if not is_zipfile(file):
        return
    with ZipFile(file) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise BadZipFile(f'the checksum of {damaged} is wrong')


def _first_line(err: BaseException) -> str:
    text = str(err).strip() or type(err).__name__
    return text.splitlines()[0][:160]


def _download(url: str) -> Path:
    target = Path(torch.hub.get_dir()) / 'checkpoints' / url.rsplit('/', 1)[-1]
    if is_file(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(target))  # to a temporary name first
    except (OSError, HTTPException, ValueError, RuntimeError) as err:  # RuntimeError: cut short
        raise CheckpointError(
            f'{url[:300]} cannot be downloaded: {_first_line(err)}. Check the address and the '
            'network, or give a file.'
        ) from err
    return target


def load_weights(
    model: nn.Module, checkpoint: Mapping[str, Any], name: str, strict: bool
) -> str | None:
    """Load a checkpoint's weights into ``model``.

    Args:
        model: Model without a distributed wrapper.
        checkpoint: Contents of a checkpoint, or a bare state_dict.
        name: Name of the checkpoint, for messages.
        strict: Whether every entry must be there and fit. If not, at least one weight must: a
            parameter that is trained, not a statistic.

    Returns:
        What was loaded, and the entries that do not fit, in one line; None if all fitted.

    Raises:
        CheckpointError: If it does not fit; the message names the entries.
    """
    weights = checkpoint.get('state_dict', checkpoint)
    weights = {key.removeprefix('module.'): value for key, value in weights.items()}
    for prefix, module in model.named_modules():
        if hasattr(module, 'take_shapes'):  # a preprocessor with as many channels as the data
            module.take_shapes(weights, f'{prefix}.' if prefix else '')
    own = model.state_dict()
    fitting = {k: weights[k] for k in own if k in weights and _shape(weights[k]) == own[k].shape}
    problems = '; '.join(_misfits(own, weights))
    parameters = [key for key, _ in model.named_parameters() if key in own]
    taken = [key for key in parameters if key in fitting]
    if (strict and problems) or not (taken if parameters else fitting):
        raise CheckpointError(
            f'{name} does not fit the model of this config; {problems}. '
            'Use the config that it was trained with.'
        )
    model.load_state_dict(fitting, strict=strict)
    if not problems:
        return None
    return f'{name}: loaded {len(taken)} of {len(parameters)} weights; {problems}.'


def _misfits(own: Mapping[str, Any], weights: Mapping[str, Any]) -> list[str]:
    """Return the entries of a state that do not fit, by reason, with their number."""
    wrong_shape = [
        f'{key} {list(_shape(weights[key]) or ())} instead of {list(own[key].shape)}'
        for key in own
        if key in weights and _shape(weights[key]) != own[key].shape
    ]
    reasons = {
        'missing': [key for key in own if key not in weights],
        'unexpected': [key for key in weights if key not in own],
        'other shape': wrong_shape,
    }
    return [
        f'{reason} ({len(keys)}): {", ".join(keys[:3])}{", …" if len(keys) > 3 else ""}'
        for reason, keys in reasons.items()
        if keys
    ]


def _shape(value: Any) -> Any:
    return getattr(value, 'shape', None)


def last_checkpoint(work_dir: Path) -> Path | None:
    """Return the checkpoint named in ``last_checkpoint``, or None if there is no such file.

    The name must be a plain file name in the run's folder.
    """
    pointer = work_dir / LAST
    try:
        name = pointer.read_text(encoding='utf-8').strip()
        file = work_dir / name
        return file if name and Path(name).name == name and is_file(file) else None
    except (OSError, ValueError):  # no pointer, a damaged one, or a name that no file can have
        return None


def newest_whole(work_dir: Path) -> tuple[Path | None, list[str]]:
    """Find the newest checkpoint of a run that can be read.

    Returns:
        Checkpoint or None, and a line for each newer one that was skipped.
    """
    last = last_checkpoint(work_dir)
    candidates = sorted(work_dir.glob('*.pth'), key=_modified, reverse=True)
    candidates.sort(key=lambda file: file != last)
    skipped = []
    if last is None and (work_dir / LAST).exists():
        skipped.append(f'{work_dir / LAST} names no checkpoint of this folder.')
    for file in candidates:
        try:
            require_resumable(read_checkpoint(file), str(file))
        except CheckpointError as err:
            skipped.append(str(err))
        else:
            return file, skipped
    return None, skipped


def _modified(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:  # a dangling or looping link
        return 0


def weights_sha256(model: nn.Module) -> str:
    """Return the SHA-256 of a model's state: names and bytes, in state_dict order."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
