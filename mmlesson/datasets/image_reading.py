"""Reading of many image files: hashes, faults, and pixels in memory or on demand."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import get_worker_info

from mmlesson.datasets.image_files import (
    FORMATS,
    InputError,
    check_header,
    fit_image,
    is_grey,
    open_image,
)
from mmlesson.errors import RunError
from mmlesson.utils.threads import count_cores

_CHUNK = 256  # images of which statistics are computed at a time
_GROUP = 16  # images that a thread decodes at a time

_Item = TypeVar('_Item')
_Result = TypeVar('_Result')


class Header(NamedTuple):
    """What is known of a file without decoding its pixels.

    Args:
        sha256: Hash of its bytes; b'' if it cannot be read.
        is_grey: Whether it holds grey values.
        fault: Why it cannot be used, or None.
    """

    sha256: bytes
    is_grey: bool
    fault: str | None


def read_headers(files: Sequence[Path]) -> list[Header]:
    """Return the header of each file; within a process, a file is read once until it changes."""
    return [_read_header(file) for file in files]  # threads gain nothing here


def _read_header(file: Path) -> Header:
    try:
        state = file.stat()
        return _header_of(str(file), state.st_size, state.st_mtime_ns)
    except OSError as err:
        return Header(b'', False, f'it cannot be read: {err.strerror}.')


@lru_cache(maxsize=2**20)
def _header_of(file: str, size: int, changed: int) -> Header:
    """Return the header of a file in a state: the splits of a run read the same files."""
    if not os.path.isfile(file):
        return Header(b'', False, 'it is no regular file.')
    if size == 0:
        return Header(b'', False, 'it is empty.')
    content = Path(file).read_bytes()
    sha256 = hashlib.sha256(content).digest()
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            check_header(opened)
            return Header(sha256, is_grey(opened), None)
    except Exception:  # what a damaged file raises is up to Pillow's readers
        return Header(sha256, False, _fault_of(Path(file)) or 'it cannot be read.')


def _fault_of(file: Path) -> str | None:
    try:
        open_image(file)
    except InputError as err:
        return str(err)
    return None


def decode(file: Path, shape: Sequence[int]) -> npt.NDArray[np.uint8]:
    """Return the pixels of a file as a sample, (C, H, W).

    Raises:
        InputError: If it cannot be read.
    """
    return fit_image(open_image(file)[0], shape)[0]


def decode_all(
    files: Sequence[Path], shape: Sequence[int], keep: bool
) -> tuple[Tensor | None, dict[int, str]]:
    """Decode files, to keep the pixels or only to find those that cannot be decoded.

    Args:
        files: Image files.
        shape: (C, H, W) of a sample.
        keep: Whether to keep the pixels.

    Returns:
        uint8 pixels of the files without a fault, (N, C, H, W), or None; and the faults by index.
    """
    images = np.empty((len(files) if keep else 0, *shape), np.uint8)
    faults: dict[int, str] = {}
    count = 0
    for index, result in enumerate(_in_threads(lambda file: _pixels_or_fault(file, shape), files)):
        if isinstance(result, str):
            faults[index] = result
        elif keep:
            images[count] = result
            count += 1
    return (torch.from_numpy(images[:count]) if keep else None), faults


def _pixels_or_fault(file: Path, shape: Sequence[int]) -> npt.NDArray[np.uint8] | str:
    try:
        return decode(file, shape)
    except InputError as err:
        return str(err)


class ImagesOnDemand:
    """Images that are decoded when they are asked for: the methods of a tensor that a dataset uses.

    Args:
        files: Image files.
        shape: (C, H, W) of a sample.
    """

    dtype = torch.uint8

    def __init__(self, files: Sequence[Path], shape: Sequence[int]) -> None:
        self._files = list(files)
        self.shape = torch.Size((len(self._files), *shape))

    def index_select(self, dim: int, rows: Tensor) -> Tensor:
        """Return the pixels of some files, uint8 (len(rows), C, H, W); ``dim`` is 0.

        Raises:
            RunError: If a file cannot be read any more.
        """
        files = [self._files[row] for row in rows.tolist()]
        images = np.empty((len(files), *self.shape[1:]), np.uint8)
        for place, pixels in enumerate(_in_threads(self._decode, files)):
            images[place] = pixels
        return torch.from_numpy(images)

    def _decode(self, file: Path) -> npt.NDArray[np.uint8]:
        try:
            return decode(file, self.shape[1:])
        except InputError as err:
            raise RunError(f'The image {file} has changed since training started: {err}') from err

    def __getitem__(self, rows: Tensor) -> ImagesOnDemand:
        """Return some of the images, which are not decoded."""
        channels, height, width = self.shape[1:]
        return ImagesOnDemand(
            [self._files[row] for row in rows.tolist()], (channels, height, width)
        )


def mean_and_std_of(images: Tensor | ImagesOnDemand, scale: float) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of each channel, as `ArrayDataset.statistics` does.

    Computed from exact sums of whole numbers, a chunk at a time: double precision copies of all
    images would take eight times the memory of the images.

    Args:
        images: uint8, (N, C, H, W).
        scale: Factor of the stored values.
    """
    count, channels, height, width = images.shape
    sums = np.zeros((2, channels), np.int64)
    for start in range(0, count, _CHUNK):
        rows = torch.arange(start, min(start + _CHUNK, count))
        values = images.index_select(0, rows).to(torch.int64)
        sums[0] += values.sum((0, 2, 3)).numpy()
        sums[1] += values.square().sum((0, 2, 3)).numpy()
    total = count * height * width
    mean = [int(one) / total * scale for one in sums[0]]
    # Python's ints do not overflow: the difference is exact.
    spread = [total * int(two) - int(one) ** 2 for one, two in sums.T]
    std = [(value**0.5 / total * scale) if value else 1.0 for value in spread]
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)


def _in_threads(task: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
    """Yield the results of a task in the order of the items.

    Pillow decodes without Python's lock, so threads use several cores; a thread takes several items
    at a time, because small images take less time than handing them over. A worker of a DataLoader
    has its share of the cores and uses no threads.
    """
    groups = [items[start : start + _GROUP] for start in range(0, len(items), _GROUP)]
    if len(groups) < 2 or get_worker_info() is not None:
        yield from map(task, items)
        return
    with ThreadPoolExecutor(count_cores()) as pool:
        for results in pool.map(lambda group: [task(item) for item in group], groups):
            yield from results
