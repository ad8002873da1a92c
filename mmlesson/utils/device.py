"""Device selection, TF32 and the channels-last memory format."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from mmlesson.errors import UserError, shorten


def resolve_device(name: str) -> torch.device:
    """Return the device of a name; 'auto' selects a GPU if there is one.

    Raises:
        UserError: If the device is not available.
    """
    if not isinstance(name, str):
        raise UserError(f'device must be text, such as cpu or cuda:0, got {shorten(name)}.')
    if name == 'auto':
        if torch.cuda.is_available():
            return torch.device('cuda', torch.cuda.current_device())
        return torch.device('mps' if torch.backends.mps.is_available() else 'cpu')
    kind, _, index = name.partition(':')
    if kind not in ('cpu', 'cuda', 'mps') or (':' in name and not _is_index(index)):
        raise UserError(f'device must be auto, cpu, cuda, cuda:N or mps, got {shorten(name)}.')
    if kind != 'cuda' and int(index or 0) > 0:
        raise UserError(f'device {shorten(name)} does not exist: there is one, {kind!r}.')
    if kind == 'cuda' and int(index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"device '{name}' was requested, but torch sees {torch.cuda.device_count()} CUDA "
            'device(s) here. Use --device cpu, or install a CUDA build of torch.'
        )
    if kind == 'mps' and not torch.backends.mps.is_available():
        raise UserError("device 'mps' was requested, but there is none here. Use --device cpu.")
    return torch.device(name)


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6


def use_tf32(wanted: bool) -> None:
    """Enable or disable TF32 on GPUs: float32 products with a 10-bit mantissa, much faster.

    This affects the whole process. By default configs use full float32.
    """
    torch.set_float32_matmul_precision('high' if wanted else 'highest')
    torch.backends.cudnn.allow_tf32 = wanted


def use_channels_last(model: nn.Module) -> None:
    """Store weights and images channels-last, which is faster for convolutions on GPUs."""
    model.to(memory_format=torch.channels_last)

    def turn(_: nn.Module, __: Any, batch: dict[str, Any]) -> dict[str, Any]:
        inputs = batch['inputs']
        if inputs.ndim == 4:
            batch['inputs'] = inputs.contiguous(memory_format=torch.channels_last)
        return batch

    preprocessor: Any = getattr(model, 'data_preprocessor', None)
    if preprocessor is not None:
        preprocessor.register_forward_hook(turn)
