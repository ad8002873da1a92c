"""Files of inputs: those in a folder, and the arrays in one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.image_listing import is_hidden, shown


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the regular files below a folder, without hidden files and those of the system."""
    for root, folders, names in os.walk(folder):
        folders[:] = (name for name in folders if not is_hidden(name))
        files = (Path(root, name) for name in names if not is_hidden(name))
        yield from (file for file in files if file.is_file())


def load_arrays(path: Path) -> list[tuple[str, npt.NDArray[Any]]]:
    """Return the arrays of a file by name; pickles, which could run code, are refused.

    Raises:
        InputError: If the file cannot be read.
    """
    try:
        with path.open('rb') as file:  # np.load leaves a damaged file open
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return [(shown(str(path)), loaded)]
            meant = [name for name in ('inputs', 'images') if name in loaded.files][:1]
            return [(f'{shown(str(path))}:{name}', loaded[name]) for name in meant or loaded.files]
    except Exception as err:  # a damaged file may raise errors of NumPy, zipfile, zlib or tokenize
        reason = (str(err).splitlines() or [type(err).__name__])[0]
        raise InputError(f'it cannot be read: {reason}') from err
