"""Figures of right and wrong predictions: confusion, class bars, reliability, mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlesson.evaluation import calibration
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)
from mmlesson.visualization.figures.input_space import plane_of
from mmlesson.visualization.figures.probes import softmax
from mmlesson.visualization.plots.plane import plane_grid

PLANE_CELLS = 100  # along each side of the plane of a class
MOST_CLASSES = 10  # also the number of samples whose probabilities are drawn


def confusion_matrix(context: FigureContext) -> Figures:
    """Confusion matrix."""
    figure = Drawing(
        'draw_confusion_matrix',
        _confusion(context),
        classes=context.class_names,
        title=context.title(f'confusion matrix, {context.eval_split_text}'),
    )
    return {'confusion_matrix': figure}


def class_bars(context: FigureContext) -> Figures:
    """Precision and recall of each class."""
    _require_mistakes(context)
    figure = Drawing(
        'draw_class_bars',
        _confusion(context),
        classes=context.class_names,
        title=context.title(f'precision and recall, {context.eval_split_text}'),
    )
    return {'class_bars': figure}


def _confusion(context: FigureContext) -> Array:
    split = context.eval_split
    matrix = np.zeros((context.num_classes, context.num_classes), dtype=np.int64)
    np.add.at(matrix, (context.splits[split].labels, context.predicted(split)), 1)
    return matrix


def reliability(context: FigureContext) -> Figures:
    """Accuracy of predictions by their confidence."""
    split = context.eval_split
    confidences = context.confidences(split)
    if confidences is None:
        raise NotApplicableError('the scores of this model are no probabilities')
    correct = context.predicted(split) == context.splits[split].labels
    bins = calibration.reliability(confidences.clip(0, 1), correct)
    figure = Drawing(
        'draw_reliability',
        bins.counts,
        bins.confidences,
        bins.accuracies,
        title=context.title(f'reliability, {context.eval_split_text}'),
    )
    return {'reliability': figure}


def probabilities(context: FigureContext) -> Figures:
    """Probabilities of each class over the input plane, and of the least sure samples."""
    split = context.eval_split
    confidences = context.confidences(split)
    if confidences is None:
        raise NotApplicableError('the scores of this model are no probabilities')
    if context.num_classes > MOST_CLASSES:
        raise NotApplicableError(f'it needs at most {MOST_CLASSES} classes')
    labels = context.splits[split].labels
    chosen = least_sure(confidences, labels, max(MOST_CLASSES // context.num_classes, 1))
    plane: dict[str, Any] = {}
    if context.input_shape == (2,):
        extent = plane_of(context)
        grid = observe.probabilities(context.model, plane_grid(extent, PLANE_CELLS))
        plane = {
            'inputs': context.splits[split].inputs[chosen],
            'grid': grid.reshape(PLANE_CELLS, PLANE_CELLS, -1),
            'extent': extent,
        }
    figure = Drawing(
        'draw_probabilities',
        softmax(context.logits(split)[chosen]),
        labels[chosen],
        **plane,
        classes=context.full_class_names,
        title=context.title(f'probabilities of {split} samples'),
    )
    return {'probabilities': figure}


def least_sure(confidences: Array, labels: Array, count: int) -> Array:
    """Return the places of the ``count`` least confident samples of each class, class by class."""
    order = np.argsort(confidences, kind='stable')
    return np.concatenate([order[labels[order] == label][:count] for label in np.unique(labels)])


def _require_mistakes(context: FigureContext) -> None:
    """Raise `NotApplicableError` if the model makes none."""
    split = context.eval_split
    if (context.predicted(split) == context.splits[split].labels).all():
        raise NotApplicableError(f'all predictions for the {context.eval_split_text} are correct')


def mistakes(context: FigureContext) -> Figures:
    """Images that the model misclassified, the most confident first."""
    context.require_images()
    _require_mistakes(context)
    split = context.eval_split
    confidences = context.confidences(split)
    what = 'mistakes' if confidences is None else 'most confident mistakes'
    figure = Drawing(
        'draw_mistakes',
        context.images(split),
        context.splits[split].labels,
        context.predicted(split),
        confidences,
        context.class_names,
        title=context.title(f'{what}, {context.eval_split_text}'),
    )
    return {'mistakes': figure}
