"""Bounded history: evenly spaced items of a run of unknown length."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Generic, TypeVar

T = TypeVar('T')


class BoundedHistory(Generic[T]):
    """Items from evenly spaced moments, no more than a given number.

    A moment is a count, of epochs or iterations. When it is full but for the place of the end, the
    moments that the doubled stride does not divide are dropped, and are due no more. So a run of
    unknown length costs bounded time and memory, and which moments are due depends on nothing but
    those that are kept: a resumed run continues with the same ones.

    Args:
        max_items: How many to keep at most, >= 2.
        kept: Moments with their items from an earlier start of the run, in order.
    """

    def __init__(self, max_items: int, kept: Iterable[tuple[int, T]] = ()) -> None:
        self.max_items = max_items
        self._items = dict(kept)
        bits = reduce(or_, self.moments[:-1], 0)  # the last may be an end, out of turn
        self._stride = bits & -bits or 1

    @property
    def moments(self) -> list[int]:
        """The moments that are kept."""
        return list(self._items)

    @property
    def items(self) -> list[T]:
        """Kept items, the oldest first."""
        return list(self._items.values())

    def is_due(self, moment: int) -> bool:
        """Return whether to keep this moment; an earlier end, out of turn, is dropped."""
        if self._items and next(reversed(self._items)) % self._stride:
            self._drop_between()
        while len(self) >= self.max_items - 1 and moment % self._stride == 0:
            self._stride *= 2  # the last place is that of the end
            self._drop_between()
        return moment % self._stride == 0 and moment not in self._items

    def add(self, moment: int, item: T) -> None:
        """Keep an item; also without its being due, as for the end."""
        self._items[moment] = item
        while len(self) > self.max_items:
            self._stride *= 2
            self._drop_between(moment)

    def _drop_between(self, but: int | None = None) -> None:
        kept = self._items.items()
        self._items = {at: item for at, item in kept if at % self._stride == 0 or at == but}

    def __len__(self) -> int:
        return len(self._items)
