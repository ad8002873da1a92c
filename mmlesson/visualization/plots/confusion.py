"""Confusion matrix, and precision and recall of each class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import Array, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.fonts import class_names, letters_of
from mmlesson.visualization.plots.style import (
    INK,
    MUTED,
    TRAIN,
    VAL,
    WIDTH,
    new_figure,
    set_title,
    styled,
)

NAMED_ROWS = 30  # classes; with more, a name is taller than its row of the matrix
SMALLEST_FONT = 5.5  # points
LISTED = 15  # confusions listed beside a matrix that has no room for numbers
BARS_IN_A_ROW = 25


def check_confusion(
    owner: str, matrix: Any, classes: Sequence[str] | None
) -> tuple[Array, list[str]]:
    """Return a confusion matrix as ints and a name per class.

    Raises:
        ArgumentError: If the matrix is not a square matrix of counts, or the names do not fit it.
    """
    sizes = check_shapes(owner, matrix=(matrix, 'C C'))
    counts = np.asarray(matrix)
    if not sizes['C'] or not np.isfinite(counts).all() or (counts < 0).any():
        raise ArgumentError(f'{owner}.matrix must hold counts >= 0, one row per true class.')
    if (counts != np.rint(counts)).any():
        raise ArgumentError(f'{owner}.matrix must hold whole numbers, counts of samples.')
    return counts.astype(np.int64), class_names(owner, classes, sizes['C'])


@styled
def draw_confusion_matrix(
    matrix: Any,
    *,
    classes: Sequence[str] | None = None,
    title: str = 'Confusion matrix',
) -> Figure:
    """Draw a confusion matrix with one row per true class.

    The colour is the share of the row, on a square-root scale that makes small shares visible; the
    number is the count. If the cells are too small for numbers, the most frequent confusions are
    listed beside the matrix.

    Args:
        matrix: Counts, (C, C); rows are true classes, columns predicted ones.
        classes: Class names.
        title: Title; the number of correct predictions is added.

    Raises:
        ArgumentError: If the matrix does not hold counts, or the names do not fit it.
    """
    counts, names = check_confusion('draw_confusion_matrix', matrix, classes)
    side = 3.6 if len(counts) <= 4 else min(4.0 + 0.13 * max(len(counts) - 8, 0), 6.2)
    font = min(10.0, 72 * side / len(counts) / (0.75 * max(2, len(str(counts.max())))))
    listed = font < SMALLEST_FONT
    figure, axes = new_figure(
        columns=2 if listed else 1,
        width=side + (5.4 if listed else 2.4),
        height=side + 1.4,
        grid=False,
        widths=(side + 1.5, 3.2) if listed else None,
    )
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.15)  # otherwise a square beside a colour bar is too far to the left
    _draw_shares(figure, axes[0, 0], counts)
    _name_classes(axes[0, 0], names, side)
    if listed:
        _list_confusions(axes[0, 1], counts, names)
    else:
        _write_counts(axes[0, 0], counts, font)
    total, right = counts.sum(), counts.trace()
    share = f' ({100 * right / total:.1f} %)' if total else ''
    set_title(figure, f'{title}: {right} of {total} correct{share}')
    return figure


def _shares(counts: Array) -> Array:
    """Return each row in percent of its sum; zeros for a class without samples."""
    shares: Array = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    return shares


def _draw_shares(figure: Figure, axes: Axes, counts: Array) -> None:
    image = axes.imshow(_shares(counts), cmap='Blues', norm=PowerNorm(0.5, 0, 100))
    bar = figure.colorbar(image, ax=axes, shrink=0.8, ticks=[0, 1, 5, 10, 25, 50, 75, 100])
    bar.set_label('share of the true class (%), square-root scale')
    axes.set(xlabel='predicted class', ylabel='true class')
    for spine in axes.spines.values():
        spine.set_visible(True)


def _name_classes(axes: Axes, names: list[str], side: float) -> None:
    count = len(names)
    if count > NAMED_ROWS:
        step = math.ceil(count / 100) * 10
        axes.set(xticks=range(0, count, step), yticks=range(0, count, step))
        axes.set(xlabel='predicted class (number)', ylabel='true class (number)')
        return
    room = 72 * side / count  # points
    font = min(10.0, 0.8 * room)
    upright = max(map(letters_of, names)) * 0.65 * font > room
    axes.set_xticks(range(count), names, rotation=90 if upright else 0, fontsize=font)
    axes.set_yticks(range(count), names, fontsize=font)


def _write_counts(axes: Axes, counts: Array, font: float) -> None:
    shares = _shares(counts)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = 'white' if shares[row, column] > 40 else INK
            axes.text(column, row, str(count), ha='center', va='center', fontsize=font, color=color)


def _list_confusions(axes: Axes, counts: Array, names: list[str]) -> None:
    wrong = counts * (1 - np.eye(len(counts), dtype=np.int64))
    order = np.argsort(-wrong, axis=None, kind='stable')[:LISTED]
    lines = ['Most frequent confusions', 'count  true → predicted', '']
    for row, column in zip(*np.unravel_index(order, counts.shape), strict=True):
        if wrong[row, column]:
            lines.append(f'{wrong[row, column]:>5}  {names[row]} → {names[column]}')
    if len(lines) == 3:
        lines.append('none')
    as_image_axes(axes)
    axes.text(0, 1, '\n'.join(lines), va='top', fontsize=9, linespacing=1.4)


@styled
def draw_class_bars(
    matrix: Any,
    *,
    classes: Sequence[str] | None = None,
    title: str = 'Precision and recall per class',
) -> Figure:
    """Draw the recall (bars) and the precision (diamonds) of each class, and the accuracy.

    Args:
        matrix: Counts, (C, C); rows are true classes, columns predicted ones.
        classes: Class names.
        title: Title of the figure.

    Raises:
        ArgumentError: If the matrix does not hold counts, or the names do not fit it.
    """
    counts, names = check_confusion('draw_class_bars', matrix, classes)
    rows = math.ceil(len(counts) / BARS_IN_A_ROW)
    in_a_row = math.ceil(len(counts) / rows)
    figure, axes = new_figure(rows, 1, width=WIDTH + 0.8 * (rows > 1), height=1.2 + 2.7 * rows)
    for number, panel in enumerate(axes[:, 0]):
        part = slice(number * in_a_row, (number + 1) * in_a_row)
        _draw_bars(panel, counts, part, names[part])
        panel.set_xlim(-0.6, in_a_row - 0.4)
    axes[-1, 0].set_xlabel('class')
    overall = 100 * counts.trace() / max(counts.sum(), 1)
    for panel in axes[:, 0]:
        line = panel.axhline(overall, color=MUTED, linestyle='--', linewidth=1.2)
    line.set_label(f'accuracy of all samples ({overall:.1f} %)')
    handles, labels = axes[-1, 0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc='outside lower center', ncols=2)
    set_title(figure, title)
    return figure


def _draw_bars(axes: Axes, counts: Array, part: slice, names: list[str]) -> None:
    hits, totals, called = counts.diagonal()[part], counts.sum(1)[part], counts.sum(0)[part]
    recall = 100 * hits / np.maximum(totals, 1)
    precision = np.where(called > 0, 100 * hits / np.maximum(called, 1), np.nan)
    places = np.arange(len(names))
    axes.bar(
        places,
        recall,
        color=TRAIN,
        width=min(0.7, 0.12 * len(counts)),
        label='recall',
    )
    axes.plot(
        places,
        precision,
        'D',
        color=VAL,
        markersize=5,
        markeredgecolor='white',
        label='precision',
    )
    for place in places[totals == 0]:
        axes.text(place, 8, 'no samples', rotation=90, ha='center', va='bottom', fontsize=8)
    upright = max(map(letters_of, names)) * len(names) > 60
    axes.set_xticks(places, names, rotation=90 if upright else 0, fontsize=9)
    axes.set(ylim=(0, 105), ylabel='percent')
    axes.grid(False, axis='x')
