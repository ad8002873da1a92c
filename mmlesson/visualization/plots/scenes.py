"""Images with the boxes, masks and keypoints that were found in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import Array, check_not_empty, check_shapes
from mmlesson.visualization.plots.axes import as_image_axes
from mmlesson.visualization.plots.fonts import class_names
from mmlesson.visualization.plots.image_grid import as_displayable
from mmlesson.visualization.plots.style import (
    INK,
    PALETTE,
    TRAIN,
    VAL,
    class_colors,
    new_figure,
    set_title,
    styled,
)

COLUMNS = 5
CELL = 1.5  # inches
NAME_LENGTH = 13  # letters of the name of a class
SHADE = 0.6  # opacity of a mask
TEXT = 7  # points
LINE, LETTER = 0.13, 0.07  # height and width of a letter in inches, at most
BEHIND: dict[str, Any] = {
    'facecolor': 'white',
    'alpha': 0.7,
    'edgecolor': 'none',
    'pad': 0.3,
}  # a text

Marks = Mapping[str, Any]
"""Entries of one image, each optional: 'bboxes' (M, 4) as x1, y1, x2, y2 in pixels, with 'labels'
(M,) and 'scores' (M,); 'keypoints' (M, K, 2); 'masks' bool (M, H, W); 'sem_seg' (H, W), 0 for
background, else a class + 1; 'right' bool, of each box, or of each keypoint if there are any."""


@styled
def draw_scenes(
    images: Any,
    found: Sequence[Marks],
    truth: Sequence[Marks] | None,
    classes: Sequence[str],
    *,
    captions: Sequence[str] = (),
    title: str = 'Predictions',
) -> Figure:
    """Draw images in a grid with what was found in them, in red if wrong, and the truth dashed.

    Args:
        images: (N, C, H, W) with C 1 or 3; the range of each image is stretched to full contrast.
        found: Predictions of each image, see `Marks`.
        truth: True boxes, masks and keypoints of each image in the same form, or None if they are
            unknown.
        classes: Names.
        captions: Text above each image.
        title: Title of the figure.

    Raises:
        ArgumentError: If there is no image, or not one entry for each image.
    """
    owner = 'draw_scenes'
    check_shapes(owner, images=(images, 'N C H W'))
    check_not_empty(owner, 'images', images)
    for name, given in (('found', found), ('truth', truth), ('captions', captions or None)):
        if given is not None and len(given) != len(images):
            raise ArgumentError(
                f'{owner}.{name} must have one entry for each of {len(images)} images, got '
                f'{len(given)}.'
            )
    names = class_names(owner, classes, len(classes), NAME_LENGTH)
    columns = min(COLUMNS, max(len(images), 3))
    rows = math.ceil(len(images) / columns)
    height = rows * (CELL + 0.25 * bool(captions)) + 0.6
    figure, axes = new_figure(rows, columns, width=columns * CELL, height=height, grid=False)
    for cell in axes.flat:
        as_image_axes(cell)
    for number, image in enumerate(images):
        cell = axes.flat[number]
        _draw_image(cell, image)
        _draw_found(cell, found[number], names)
        if truth is not None:
            _draw_truth(cell, truth[number])
        if captions:
            cell.set_title(captions[number], fontsize=8)
    set_title(figure, title)
    return figure


def _draw_image(cell: Axes, image: Any) -> None:
    """Draw an image such that the position (x, y) in pixels is the point (x, y)."""
    height, width = np.shape(image)[-2:]
    cell.imshow(as_displayable(image), cmap='gray_r', extent=(0, width, height, 0))
    cell.set(xlim=(0, width), ylim=(height, 0))


def _draw_found(cell: Axes, marks: Marks, names: Sequence[str]) -> None:
    if 'sem_seg' in marks:
        _shade(cell, np.asarray(marks['sem_seg']), class_colors(len(names)))
    if 'masks' in marks and len(marks['masks']):
        numbered = [number * np.asarray(mask) for number, mask in enumerate(marks['masks'], 1)]
        _shade(cell, np.max(numbered, 0), class_colors(len(numbered)))
    if 'bboxes' in marks:
        _draw_boxes(cell, marks, names)
    if 'keypoints' in marks:
        x, y = np.asarray(marks['keypoints']).reshape(-1, 2).T
        right = np.asarray(marks.get('right', np.ones(len(x), bool)))
        edges = np.where(right, 'white', VAL)
        cell.scatter(x, y, s=26, c=_point_colors(len(x)), edgecolors=edges, zorder=3)


def _draw_boxes(cell: Axes, marks: Marks, names: Sequence[str]) -> None:
    boxes = np.asarray(marks['bboxes'])
    right = marks.get('right', np.ones(len(boxes), bool))
    labels, scores = marks.get('labels'), marks.get('scores')
    for number, box in enumerate(boxes):
        color = TRAIN if right[number] else VAL
        _frame(cell, box, color, '-')
        if labels is not None:
            score = '' if scores is None else f': {100 * float(scores[number]):.0f} %'
            label = int(labels[number])
            text = (names[label] if label < len(names) else str(label)) + score
            _label(cell, box, text, color, above=bool(right[number]))


def _label(cell: Axes, box: Any, text: str, color: str, above: bool) -> None:
    """Write above or below a box, or in it at the image's edge; from its left or its right side."""
    width, height = cell.get_xlim()[1], cell.get_ylim()[0]
    inch = max(width, height) / CELL  # in pixels of the image
    x1, y1, x2, y2 = map(float, box)
    y = min(max(y1 if above else y2, 0.0), height)
    room = y if above else height - y
    side = 'bottom' if above == (room >= LINE * inch) else 'top'
    x, start = max(x1, 0.0), 'left'
    if x + len(text) * LETTER * inch > width:
        x, start = min(x2, width), 'right'
    place: dict[str, Any] = {'va': side, 'ha': start, 'clip_on': True}
    cell.text(x, y, text, color=color, fontsize=TEXT, bbox=BEHIND, **place)


def _draw_truth(cell: Axes, marks: Marks) -> None:
    if 'sem_seg' in marks:
        _outline(cell, np.asarray(marks['sem_seg']) > 0)
    if 'masks' in marks:
        for mask in marks['masks']:
            _outline(cell, np.asarray(mask))
    elif 'keypoints' in marks:
        x, y = np.asarray(marks['keypoints']).reshape(-1, 2).T
        cell.scatter(x, y, s=22, c=_point_colors(len(x)), marker='x', zorder=4)
    else:
        for box in marks.get('bboxes', ()):
            _frame(cell, box, INK, (0, (2, 2)))


def _frame(cell: Axes, box: Any, color: str, style: Any) -> None:
    x1, y1, x2, y2 = map(float, box)
    size = (x2 - x1, y2 - y1)
    cell.add_patch(
        Rectangle((x1, y1), *size, fill=False, edgecolor=color, linestyle=style, linewidth=1.2)
    )


def _shade(cell: Axes, numbers: Array, colors: Array) -> None:
    """Lay colours over an image: number 0 is clear, number n has the colour n - 1."""
    layer = np.zeros((*numbers.shape, 4))
    shown = numbers > 0
    layer[shown, :3] = colors[(numbers[shown].astype(int) - 1) % len(colors)]
    layer[shown, 3] = SHADE
    height, width = numbers.shape
    cell.imshow(layer, extent=(0, width, height, 0), interpolation='nearest')


def _outline(cell: Axes, mask: Array) -> None:
    if mask.any() and not mask.all():
        rows, columns = (np.arange(size) + 0.5 for size in mask.shape)
        cell.contour(columns, rows, mask.astype(float), [0.5], colors=[INK], linewidths=0.7)


def _point_colors(count: int) -> list[str]:
    return [PALETTE[number % len(PALETTE)] for number in range(count)]
