"""A bounded number of moments out of a run of unknown length."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar('T')


class Thinned(Generic[T]):
    """Items from evenly spaced moments, no more than a given number.

    When it is full but for the place of the end, every second item is dropped, and from then on
    every second moment is due. So a run of unknown length costs bounded time and memory.

    Args:
        max_items: How many to keep at most, >= 2.

    Attributes:
        items: What is kept, the oldest first.
    """

    def __init__(self, max_items: int) -> None:
        self.max_items = max_items
        self.items: list[T] = []
        self._stride, self._asked = 1, -1

    def is_due(self) -> bool:
        """Whether this moment is one to keep; to be asked once at each moment."""
        self._asked += 1
        if self._asked % self._stride:
            return False
        if len(self.items) == self.max_items - 1:  # the last place is that of the end
            self.items = self.items[::2]
            self._stride *= 2
        return self._asked % self._stride == 0

    def add(self, item: T) -> None:
        """Keep an item; also without its being due, as for the end."""
        self.items.append(item)
        if len(self.items) > self.max_items:
            last = len(self.items) - 1
            self.items = [self.items[place] for place in sorted({*range(0, last, 2), last})]

    def __len__(self) -> int:
        return len(self.items)
