"""Catalogue of the figures of a run: for each name, the function that draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mmlesson.visualization.figures.context import FigureContext, Figures, NotApplicableError
from mmlesson.visualization.figures.evaluation import (
    class_bars,
    confusion_matrix,
    mistakes,
    reliability,
)
from mmlesson.visualization.figures.input_space import decision_regions, hidden_space, neurons
from mmlesson.visualization.figures.layers import feature_maps, saliency, weights
from mmlesson.visualization.figures.loss_surface import loss_surface
from mmlesson.visualization.figures.perceptron import perceptron_lines, perceptron_mistakes
from mmlesson.visualization.figures.records import dead_units, layer_norms, learning_curves
from mmlesson.visualization.figures.vision import (
    heat_maps,
    iou_histogram,
    precision_recall,
    predictions,
)

FIGURES: dict[str, Callable[[FigureContext], Figures]] = {
    figure.__name__: figure
    for figure in (
        *(learning_curves, decision_regions, neurons, hidden_space, confusion_matrix, class_bars),
        *(reliability, mistakes, weights, feature_maps, saliency, layer_norms),
        *(predictions, heat_maps, precision_recall, iou_histogram, dead_units),
        *(perceptron_lines, perceptron_mistakes, loss_surface),
    )
}
"""Functions by name; each returns figures by file name, or raises `NotApplicableError`."""


def draw_figures(
    context: FigureContext,
    names: Iterable[str],
    catalogue: Mapping[str, Callable[[FigureContext], Figures]] = FIGURES,
) -> Iterator[tuple[str, Figures | str]]:
    """Draw figures one by one; yield the reason in place of a figure that does not apply."""
    for name in names:
        try:
            yield name, catalogue[name](context)
        except NotApplicableError as err:
            yield name, str(err)


TELLING = {
    'points': ('decision_regions', 'perceptron_mistakes', 'hidden_space', 'loss_surface'),
    'images': ('confusion_matrix', 'mistakes', 'feature_maps', 'weights'),
    'vectors': ('confusion_matrix', 'hidden_space', 'class_bars'),
}
"""Figures that show most of a model, by the kind of its inputs, the first ones first."""

MOST_TELLING = 4
"""Figures that are drawn of these, in all: more would hide what to look at first."""


def telling_figures(context: FigureContext) -> Iterator[str]:
    """Yield the names of the figures that show most of a model, learning curves first."""
    yield 'learning_curves'
    if context.task.figures:
        yield from context.task.figures
        return
    shape = context.input_shape
    yield from TELLING['points' if shape == (2,) else 'images' if len(shape) == 3 else 'vectors']
