"""Images with their predicted classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmlesson.errors import check_int
from mmlesson.visualization.plots.array_checks import (
    Array,
    check_labels,
    check_not_empty,
    check_shapes,
)
from mmlesson.visualization.plots.axes import as_image_axes, frame_image
from mmlesson.visualization.plots.fonts import class_names, wrap
from mmlesson.visualization.plots.image_grid import as_displayable
from mmlesson.visualization.plots.style import INK, VAL, new_figure, set_title, styled

COLUMNS = 10
CELL = 1.05  # inches
LINE = 16  # letters of 8 points that fit into a cell
NAME_LENGTH = 13  # of them, of the name of a class


@styled
def draw_predictions(
    images: Any,
    true: Any,
    predicted: Any,
    scores: Any,
    classes: Sequence[str],
    *,
    title: str = 'Predictions',
) -> Figure:
    """Draw images in a grid with the predicted class above, in red with the true class if wrong.

    Args:
        images: (N, C, H, W) with C 1 or 3; the range of each image is stretched to full contrast.
        true: True class of each, (N,), or None if it is unknown.
        predicted: Class that the model gave, (N,).
        scores: Its probability, 0-1, (N,); None for a model without probabilities.
        classes: Names.
        title: Title; the number of correct predictions is added if the classes are known.

    Raises:
        ArgumentError: If shapes or labels do not fit together, or there is no image.
    """
    if true is None:
        true = predicted
    else:
        right = int((np.asarray(true) == np.asarray(predicted)).sum())
        title = f'{title}: {right} of {len(images)} correct'
    return _draw_grid('draw_predictions', images, (true, predicted, scores), classes, title)


def most_confident_mistakes(true: Any, predicted: Any, scores: Any, count: int) -> Array:
    """Return the places of the mistakes, the surest first, at most ``count``.

    Without ``scores`` they are in the order of the samples.
    """
    wrong = np.flatnonzero(np.asarray(true) != np.asarray(predicted))
    if scores is None:
        return wrong[:count]
    order = np.argsort(-np.asarray(scores)[wrong], kind='stable')
    places: Array = wrong[order][:count]
    return places


@styled
def draw_mistakes(
    images: Any,
    true: Any,
    predicted: Any,
    scores: Any,
    classes: Sequence[str],
    *,
    max_pictures: int = 40,
    title: str = 'Most confident mistakes',
) -> Figure:
    """Draw the misclassified images, the most confident first.

    Args:
        images: (N, C, H, W) with C 1 or 3.
        true: True class of each, (N,).
        predicted: Class that the model gave, (N,).
        scores: Its probability, 0-1, (N,); None for a model without probabilities, whose mistakes
            are drawn in the order of the samples.
        classes: Names.
        max_pictures: How many to draw at most.
        title: Title; the number of mistakes is added.

    Raises:
        ArgumentError: If shapes or labels do not fit together.
    """
    owner = 'draw_mistakes'
    check_int(owner, 'max_pictures', max_pictures)
    _check_predictions(owner, images, true, predicted, scores)
    places = most_confident_mistakes(true, predicted, scores, max_pictures)
    mistakes = int((np.asarray(true) != np.asarray(predicted)).sum())
    title = f'{title}: {len(places)} of {mistakes}' if mistakes else f'{title}: none'
    if not mistakes:
        figure, axes = new_figure(height=1.0)
        as_image_axes(axes[0, 0])
        axes[0, 0].text(0.5, 0.5, f'All {len(images)} predictions are correct.', ha='center')
        set_title(figure, title)
        return figure
    return _draw_places(owner, images, (true, predicted, scores), places, classes, title)


@styled
def draw_successes(
    images: Any,
    true: Any,
    predicted: Any,
    scores: Any,
    classes: Sequence[str],
    *,
    max_pictures: int = 40,
    title: str = 'Least confident successes',
) -> Figure:
    """Draw the correctly classified images, the least confident first.

    Args:
        images: (N, C, H, W) with C 1 or 3.
        true: True class of each, (N,).
        predicted: Class that the model gave, (N,).
        scores: As for `draw_mistakes`.
        classes: Names.
        max_pictures: How many to draw at most.
        title: Title; the number of correct predictions is added.

    Raises:
        ArgumentError: If shapes or labels do not fit together, or no prediction is correct.
    """
    owner = 'draw_successes'
    check_int(owner, 'max_pictures', max_pictures)
    _check_predictions(owner, images, true, predicted, scores)
    right = np.flatnonzero(np.asarray(true) == np.asarray(predicted))
    surest_last = 0 * right if scores is None else np.asarray(scores)[right]
    places = right[np.argsort(surest_last, kind='stable')][:max_pictures]
    title = f'{title}: {len(places)} of {len(right)}'
    return _draw_places(owner, images, (true, predicted, scores), places, classes, title)


@styled
def draw_samples(images: Any, labels: Any, classes: Sequence[str], *, title: str) -> Figure:
    """Draw images in a grid, with the class of each above it.

    Args:
        images: Images, (N, C, H, W) with C 1 or 3; each is scaled to full contrast.
        labels: Class of each image, (N,).
        classes: Class names.
        title: Title of the figure.

    Raises:
        ArgumentError: If shapes or labels do not fit together, or there is no image.
    """
    return _draw_grid('draw_samples', images, (labels, labels, None), classes, title)


def _check_predictions(owner: str, images: Any, true: Any, predicted: Any, scores: Any) -> None:
    given = {} if scores is None else {'scores': (scores, 'N')}
    check_shapes(
        owner,
        images=(images, 'N C H W'),
        true=(true, 'N'),
        predicted=(predicted, 'N'),
        **given,
    )


def _draw_places(
    owner: str,
    images: Any,
    answers: tuple[Any, Any, Any],
    places: Array,
    classes: Sequence[str],
    title: str,
) -> Figure:
    true, predicted, scores = (
        None if values is None else np.asarray(values)[places] for values in answers
    )
    chosen = np.asarray(images)[places]
    return _draw_grid(owner, chosen, (true, predicted, scores), classes, title)


def _draw_grid(
    owner: str, images: Any, answers: tuple[Any, Any, Any], classes: Sequence[str], title: str
) -> Figure:
    true, predicted, scores = answers
    scores = np.full(len(true), np.nan) if scores is None else scores
    _check_predictions(owner, images, true, predicted, scores)
    check_not_empty(owner, 'images', images)
    for name, labels in (('true', true), ('predicted', predicted)):
        check_labels(owner, name, labels, len(classes))
    names = class_names(owner, classes, len(classes), NAME_LENGTH)
    columns = min(COLUMNS, max(len(images), 4))
    rows = math.ceil(len(images) / columns)
    figure, axes = new_figure(
        rows, columns, width=columns * CELL, height=rows * 1.55 + 0.5, grid=False
    )
    for cell in axes.flat:
        as_image_axes(cell)
    for cell, image, label, guess, score in zip(
        axes.flat, images, true, predicted, scores, strict=False
    ):
        _draw_one(cell, image, names[guess], names[label] if guess != label else '', score)
    set_title(figure, title)
    return figure


def _draw_one(axes: Axes, image: Any, guess: str, truth: str, score: float) -> None:
    axes.imshow(as_displayable(image), cmap='gray_r')
    frame_image(axes)
    share = '' if np.isnan(score) else f' ({100 * score:.0f} %)'
    text = f'{truth}, taken for {guess}{share}' if truth else f'{guess}{share}'
    axes.set_title('\n'.join(wrap(text, LINE)), fontsize=8, color=VAL if truth else INK)
