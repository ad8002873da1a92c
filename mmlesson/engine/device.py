"""Which device a run takes."""

from __future__ import annotations

import torch

from mmlesson.errors import UserError


def resolve_device(name: str) -> torch.device:
    """Return the device that ``name`` means; 'auto' takes a GPU where there is one.

    Raises:
        UserError: If there is no such device here.
    """
    if name == 'auto':
        if torch.cuda.is_available():
            return torch.device('cuda', torch.cuda.current_device())
        return torch.device('mps' if torch.backends.mps.is_available() else 'cpu')
    kind, _, index = name.partition(':')
    if kind not in ('cpu', 'cuda', 'mps') or (index and not index.isdigit()):
        raise UserError(f"device must be auto, cpu, cuda, cuda:N or mps, got '{name}'.")
    if kind == 'cuda' and int(index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"device '{name}' was asked for, but torch sees {torch.cuda.device_count()} CUDA "
            'device(s) here. Use --device cpu, or install a CUDA build of torch.'
        )
    if kind == 'mps' and not torch.backends.mps.is_available():
        raise UserError("device 'mps' was asked for, but there is none here. Use --device cpu.")
    return torch.device(name)
