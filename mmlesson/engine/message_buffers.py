"""`GrowingBuffer`: mmengine's history of a logged value, which an update does not copy."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.logging import HistoryBuffer, MessageHub

Array = npt.NDArray[Any]


class _Column:
    """Numbers in an array with room for more.

    Args:
        values: The first numbers; their dtype is kept until a number does not fit it.
    """

    def __init__(self, values: Array) -> None:
        self._room = values
        self._end = len(values)

    @property
    def values(self) -> Array:
        return self._room[: self._end]

    def append(self, value: float, most: int) -> None:
        """Add a number; of more than ``most``, the first are dropped."""
        dtype = np.result_type(self._room.dtype, np.asarray(value).dtype)
        if self._end == len(self._room) or dtype != self._room.dtype:
            kept = self._room[max(0, self._end - most) : self._end]
            self._room = np.empty(2 * len(kept) + 8, dtype)
            self._end = len(kept)
            self._room[: self._end] = kept
        self._room[self._end] = value
        self._end += 1


class GrowingBuffer(HistoryBuffer):
    """mmengine's ``HistoryBuffer``, with the same values in the same dtypes.

    mmengine 0.10.7 (logging/history_buffer.py:75) copies the whole history in each update: at
    iteration 500,000 a step of a small network takes several times as long as at the beginning.
    """

    @classmethod
    def of(cls, buffer: HistoryBuffer) -> GrowingBuffer:
        """Return a buffer with the values of another."""
        return cls(*buffer.data, buffer.max_length)

    @property
    def _log_history(self) -> Array:
        return self._logs.values[-self.max_length :]

    @_log_history.setter
    def _log_history(self, values: Array) -> None:
        self._logs = _Column(values)

    @property
    def _count_history(self) -> Array:
        return self._counts.values[-self.max_length :]

    @_count_history.setter
    def _count_history(self, values: Array) -> None:
        self._counts = _Column(values)

    def update(self, log_val: float, count: float = 1) -> None:
        """Add a value, and the number of samples it stands for."""
        if not isinstance(log_val, int | float) or not isinstance(count, int | float):
            super().update(log_val, count)  # raises
        self._logs.append(log_val, self.max_length)
        self._counts.append(count, self.max_length)


class _Buffers(OrderedDict[str, HistoryBuffer]):
    def __setitem__(self, name: str, buffer: HistoryBuffer) -> None:
        super().__setitem__(name, GrowingBuffer.of(buffer))


def use_growing_buffers(hub: MessageHub) -> None:
    """Store the logged values of a message hub in `GrowingBuffer`."""
    hub._log_scalars = _Buffers(hub._log_scalars)
