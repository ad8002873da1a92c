"""Points that a visitor draws, pastes or uploads."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from mmlesson.errors import shorten
from mmlesson.play.mistakes import PageError
from mmlesson.play.settings import MOST_CLASSES

MOST_POINTS = 5000
MOST_BYTES = 500_000
LARGEST = 1000.0
LEAST_PER_CLASS = 5  # so that each split has one of each class


@dataclass(frozen=True)
class Points:
    """Labelled points in the plane.

    Args:
        rows: x, y and class of each point.
    """

    rows: tuple[tuple[float, float, str], ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, sorted as `TableDataset` sorts them."""
        names = sorted({label for _, _, label in self.rows})
        is_numbered = all(name.isascii() and name.isdecimal() for name in names)
        is_numbered = is_numbered and all(str(int(name)) == name for name in names)  # not 01
        return tuple(sorted(names, key=int) if is_numbered else names)

    @property
    def csv(self) -> str:
        """The points as a file for `TableDataset`: columns x, y and label."""
        lines = [f'{x!r},{y!r},{label}' for x, y, label in self.rows]
        return '\n'.join(['x,y,label', *lines, ''])


def read_points(text: str) -> Points:
    """Return the points of a text: one a line, x, y and class, with or without a header.

    Raises:
        PageError: If the text is too long, or a line is not as described; the message names it.
    """
    if len(text.encode('utf-8', 'replace')) > MOST_BYTES:
        raise PageError('points_size', most=MOST_BYTES // 1000)
    try:
        lines = list(csv.reader(io.StringIO(text.lstrip('\ufeff'))))
    except csv.Error as err:
        raise PageError('points_csv', got=err) from None
    filled = [(number, line) for number, line in enumerate(lines, 1) if any(map(str.strip, line))]
    filled = filled[1:] if filled and _is_header(filled[0][1]) else filled
    if len(filled) > MOST_POINTS:
        raise PageError('points_count', most=MOST_POINTS, got=len(filled))
    return Points(tuple(_row(number, line) for number, line in filled))


def require_trainable(points: Points) -> Points:
    """Return the points.

    Raises:
        PageError: If they have fewer than 2 or more than 6 classes, or a class has fewer than 5.
    """
    sizes = dict.fromkeys(points.classes, 0)
    for _, _, label in points.rows:
        sizes[label] += 1
    if not 2 <= len(sizes) <= MOST_CLASSES:
        raise PageError('points_classes', most=MOST_CLASSES, got=len(sizes))
    least = min(sizes, key=lambda name: sizes[name])
    if sizes[least] < LEAST_PER_CLASS:
        raise PageError('points_of_class', name=least, got=sizes[least], least=LEAST_PER_CLASS)
    return points


def _is_header(line: Sequence[str]) -> bool:
    try:
        float(line[0])
    except ValueError:
        return True
    return False


def _row(number: int, line: Sequence[str]) -> tuple[float, float, str]:
    words, got = [word.strip() for word in line], shorten(','.join(line))
    try:
        x, y, label = float(words[0]), float(words[1]), words[2]
    except (ValueError, IndexError):
        raise PageError('line', number=number, got=got) from None
    if len(words) != 3 or not label.isalnum() or len(label) > 20:
        raise PageError('line_class', number=number, got=got)
    if not all(math.isfinite(value) and abs(value) <= LARGEST for value in (x, y)):
        raise PageError('line_range', number=number, most=f'{LARGEST:g}')
    return x, y, label
