"""Points that a visitor draws, pastes or uploads."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from mmlesson.errors import UserError, shorten
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
        is_numbered = all(name.isdigit() for name in names)
        return tuple(sorted(names, key=int) if is_numbered else names)

    @property
    def csv(self) -> str:
        """The points as a file for `TableDataset`: columns x, y and label."""
        lines = [f'{x!r},{y!r},{label}' for x, y, label in self.rows]
        return '\n'.join(['x,y,label', *lines, ''])


def read_points(text: str) -> Points:
    """Return the points of a text: one a line, x, y and class, with or without a header.

    Raises:
        UserError: If the text is too long, or a line is not as described; the message names it.
    """
    if len(text.encode('utf-8', 'replace')) > MOST_BYTES:
        raise UserError(f'The points must be at most {MOST_BYTES // 1000} kB.')
    try:
        lines = list(csv.reader(io.StringIO(text.lstrip('\ufeff'))))
    except csv.Error as err:
        raise UserError(f'The points are no CSV: {err}.') from None
    filled = [(number, line) for number, line in enumerate(lines, 1) if any(map(str.strip, line))]
    if filled and _is_header(filled[0][1]):
        filled = filled[1:]
    if len(filled) > MOST_POINTS:
        raise UserError(f'There can be at most {MOST_POINTS} points, got {len(filled)}.')
    return Points(tuple(_row(number, line) for number, line in filled))


def require_trainable(points: Points) -> Points:
    """Return the points.

    Raises:
        UserError: If they have fewer than 2 or more than 6 classes, or a class has fewer than 5.
    """
    sizes = dict.fromkeys(points.classes, 0)
    for _, _, label in points.rows:
        sizes[label] += 1
    if not 2 <= len(sizes) <= MOST_CLASSES:
        raise UserError(f'Give points of 2 to {MOST_CLASSES} classes, got {len(sizes)}.')
    least = min(sizes, key=lambda name: sizes[name])
    if sizes[least] < LEAST_PER_CLASS:
        raise UserError(
            f'Class {least} has {sizes[least]} points. Give at least {LEAST_PER_CLASS} of each, '
            'so that training, validation and test have some.'
        )
    return points


def _is_header(line: Sequence[str]) -> bool:
    try:
        float(line[0])
    except ValueError:
        return True
    return False


def _row(number: int, line: Sequence[str]) -> tuple[float, float, str]:
    words = [word.strip() for word in line]
    try:
        x, y, label = float(words[0]), float(words[1]), words[2]
    except (ValueError, IndexError):
        raise UserError(
            f'Line {number} must be x,y,class, such as 0.5,-1.2,0; got {shorten(",".join(line))}.'
        ) from None
    is_plain = label.isalnum() and label.isascii() and len(label) <= 20
    if len(words) != 3 or not is_plain:
        raise UserError(
            f'Line {number} must end in a class of letters or digits; got '
            f'{shorten(",".join(line))}.'
        )
    if not all(math.isfinite(value) and abs(value) <= LARGEST for value in (x, y)):
        raise UserError(f'Line {number}: x and y must be numbers up to {LARGEST:g}.')
    return x, y, label
