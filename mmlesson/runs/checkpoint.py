"""Checkpoint files: plain data only, written atomically, read safely."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import numpy as np
import torch
from torch import nn

from mmlesson.errors import RunError, UserError
from mmlesson.utils.atomic_file import atomic_path

LAST = 'last_checkpoint'


class CheckpointError(UserError):
    """A checkpoint file cannot be read, must not be read, or does not fit."""


class SaveError(RunError):
    """A checkpoint could not be written; the ones before it are intact."""


def to_plain(value: Any, path: str = 'checkpoint') -> Any:
    """Return ``value`` in the types that ``torch.load(weights_only=True)`` accepts.

    NumPy scalars and arrays become Python numbers and tensors, tensors go to the CPU.

    Raises:
        TypeError: If something else is inside; the message has the place.
    """
    if isinstance(value, np.generic):  # first: np.float64 is a float, which torch refuses to load
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
    raise TypeError(f'A checkpoint holds plain data only, which this is not: {what}.')


def write_checkpoint(path: Path, checkpoint: Mapping[str, Any]) -> None:
    """Write a checkpoint under a temporary name, flush it to the disk, then rename it.

    Raises:
        SaveError: If the disk does not take it; what lay at ``path`` is untouched.
    """
    plain = to_plain(checkpoint)
    try:
        with atomic_path(path) as temporary:
            torch.save(plain, temporary)
    except (OSError, RuntimeError) as err:
        # torch's zip writer turns ENOSPC into a RuntimeError of its own.
        cause = err.__context__ if isinstance(err.__context__, OSError) else err
        raise SaveError(
            f'{path} could not be written: {cause}. Older checkpoints are intact; make room on the '
            'disk and start again with --resume.'
        ) from err


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint without executing code from it.

    Args:
        path: A file, or an http(s) address, which is downloaded to torch's cache first.

    Raises:
        CheckpointError: If the file is missing, cut short, or holds more than plain data.
    """
    file = _download(str(path)) if str(path).startswith(('http://', 'https://')) else Path(path)
    if not file.is_file():
        raise CheckpointError(f'There is no checkpoint at {file}. Check the path.')
    try:
        _verify_archive(file)
        checkpoint = torch.load(file, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as err:
        raise CheckpointError(
            f'{file} was refused: it is no checkpoint of plain data, and reading it could run '
            'foreign code. Nothing of it was executed.'
        ) from err
    except MemoryError:
        raise
    except Exception as err:  # torch's reader raises anything for a damaged file
        raise CheckpointError(
            f'{file} is damaged or no checkpoint. Use another one. ({_first_line(err)})'
        ) from err
    if not isinstance(checkpoint, dict):
        raise CheckpointError(f'{file} holds a {type(checkpoint).__name__}, no checkpoint.')
    return checkpoint


def _verify_archive(file: Path) -> None:
    """Raise `BadZipFile` if a byte of the archive has changed: torch's reader checks no CRC.

    Files of torch < 1.6 are no archives and have no checksum.
    """
    if not is_zipfile(file):
        return
    with ZipFile(file) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise BadZipFile(f'the checksum of {damaged} is wrong')


def _first_line(err: Exception) -> str:
    text = str(err).strip() or type(err).__name__
    return text.splitlines()[0][:160]


def _download(url: str) -> Path:
    target = Path(torch.hub.get_dir()) / 'checkpoints' / url.rsplit('/', 1)[-1]
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(target))  # to a temporary name first
    return target


def load_weights(
    model: nn.Module, checkpoint: Mapping[str, Any], name: str, strict: bool
) -> str | None:
    """Load a checkpoint's weights into ``model``.

    Args:
        model: The model, unwrapped.
        checkpoint: As read; a bare state_dict will do.
        name: What to call the checkpoint in a message.
        strict: Whether every entry must be there and fit. If not, at least one weight must: a
            parameter that is trained, not a statistic.

    Returns:
        What was loaded, and the entries that are missing, unexpected or of another shape, in one
        line; None if all fitted.

    Raises:
        CheckpointError: If it does not fit; the message names the entries.
    """
    weights = checkpoint.get('state_dict', checkpoint)
    weights = {key.removeprefix('module.'): value for key, value in weights.items()}
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
    """Return the checkpoint that ``last_checkpoint`` names, or None if there is no such file.

    Only a plain name counts: a file of the run's folder.
    """
    pointer = work_dir / LAST
    try:
        name = pointer.read_text(encoding='utf-8').strip()
        file = work_dir / name
        return file if name and Path(name).name == name and file.is_file() else None
    except (OSError, ValueError):  # no pointer, a damaged one, or a name that no file can have
        return None


def newest_whole(work_dir: Path) -> tuple[Path | None, list[str]]:
    """Find the newest checkpoint of a run that can be read.

    Returns:
        The checkpoint or None, and a line for each newer one that had to be skipped.
    """
    last = last_checkpoint(work_dir)
    candidates = sorted(work_dir.glob('*.pth'), key=_modified, reverse=True)
    candidates.sort(key=lambda file: file != last)
    skipped = []
    if last is None and (work_dir / LAST).exists():
        skipped.append(f'{work_dir / LAST} names no checkpoint of this folder.')
    for file in candidates:
        try:
            if 'loop' not in read_checkpoint(file):
                raise CheckpointError(f'{file} holds weights only, nothing to resume from.')
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
    """Return the hash of a model's state: names and bytes, in the order of its state_dict."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
