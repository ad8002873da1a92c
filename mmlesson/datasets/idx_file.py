"""Files in the idx format of MNIST: a header of big-endian integers, then bytes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from mmlesson.datasets.array_checks import Array
from mmlesson.errors import RunError

_UINT8 = 0x08


def map_idx(path: Path, ndim: int) -> Array:
    """Map the uint8 array of an idx file into memory, so that it is read where it is indexed.

    Args:
        path: File with a header of 4 bytes (0, 0, type, number of axes), a big-endian uint32 for
            the size of each axis, and the values.
        ndim: Number of axes that the array must have.

    Raises:
        RunError: If the header is another one, or the file has another size than its header says.

    References:
        LeCun, Cortes, Burges (1998), the MNIST database, "file formats".
    """
    with path.open('rb') as file:
        header = file.read(4 + 4 * ndim)
    if header[:4] != bytes([0, 0, _UINT8, ndim]) or len(header) < 4 + 4 * ndim:
        raise RunError(
            f'{path} must start with the bytes 0 0 {_UINT8} {ndim} and {ndim} sizes, of an idx '
            f'file of uint8 with {ndim} axes, got {list(header[:4])}. {_ADVICE}'
        )
    shape = tuple(int(size) for size in np.frombuffer(header, '>u4', ndim, 4))
    expected, found = len(header) + math.prod(shape), path.stat().st_size
    if found != expected:
        raise RunError(
            f'{path} must have {expected:,} bytes, since its header says '
            f'{" x ".join(map(str, shape))}, got {found:,}. {_ADVICE}'
        )
    if 0 in shape:
        raise RunError(f'{path} holds no sample: its header says {shape}. {_ADVICE}')
    return np.memmap(path, np.uint8, 'r', len(header), shape)


_ADVICE = 'Delete it, so that it is extracted or downloaded again.'
