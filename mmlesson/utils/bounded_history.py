"""Bounded history: evenly spaced items of a run of unknown length, limited in number."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Generic, TypeVar

T = TypeVar('T')


class BoundedHistory(Generic[T]):
    """Stores items of evenly spaced moments, at most a given number.

    A moment is a number of epochs or iterations. When the history is full except for the place of
    the end, the stride doubles; moments that it does not divide are dropped and no longer due. So a
    run of unknown length costs bounded time and memory. Which moments are due depends only on those
    that are kept, so a resumed run continues with the same ones.

    Args:
        max_items: Maximum number of items, >= 2.
        kept: Moments and items from an earlier start of the run, in order.
    """

    def __init__(self, max_items: int, kept: Iterable[tuple[int, T]] = ()) -> None:
        self.max_items = max_items
        self._items = dict(kept)
        bits = reduce(or_, self.moments[:-1], 0)  # the last may be the end, off the stride
        self._stride = bits & -bits or 1

    @property
    def moments(self) -> list[int]:
        """Moments of the kept items."""
        return list(self._items)

    @property
    def items(self) -> list[T]:
        """Kept items, oldest first."""
        return list(self._items.values())

    def is_due(self, moment: int) -> bool:
        """Return whether to keep this moment; an earlier end that is off the stride is dropped."""
        if self._items and next(reversed(self._items)) % self._stride:
            self._drop_between()
        while len(self) >= self.max_items - 1 and moment % self._stride == 0:
            self._stride *= 2  # one place is reserved for the end
            self._drop_between()
        return moment % self._stride == 0 and moment not in self._items

    def add(self, moment: int, item: T) -> None:
        """Add an item, even if it is not due, such as the end."""
        self._items[moment] = item
        while len(self) > self.max_items:
            self._stride *= 2
            self._drop_between(moment)

    def _drop_between(self, but: int | None = None) -> None:
        kept = self._items.items()
        self._items = {at: item for at, item in kept if at % self._stride == 0 or at == but}

    def __len__(self) -> int:
        return len(self._items)
