"""Figures of the input plane and of the hidden space."""

from __future__ import annotations

import numpy as np

from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)
from mmlesson.visualization.plots.plane import plane_extent, plane_grid

GRID = 200  # cells along each side of the plane


def decision_regions(context: FigureContext) -> Figures:
    """Predictions over the input plane."""
    context.require_2d_inputs()
    extent = plane_of(context)
    grid = observe.probabilities(context.model, plane_grid(extent, GRID))
    figure = Drawing(
        'draw_decision_regions',
        grid.reshape(GRID, GRID, -1),
        **context.points,
        predicted=context.predicted('train'),
        val_predicted=context.predicted('val') if 'val' in context.splits else None,
        linear=context.linear,
        shaded=context.has_probabilities,
        classes=context.class_names,
        extent=extent,
        title=context.title('decision regions'),
    )
    return {'decision_regions': figure}


def plane_of(context: FigureContext) -> tuple[float, float, float, float]:
    """Return the part of the plane around the training and validation points."""
    known = [samples.inputs for name, samples in context.splits.items() if name != 'test']
    return plane_extent(np.concatenate(known))


def neurons(context: FigureContext) -> Figures:
    """Activation of each hidden neuron over the plane, one figure per hidden layer."""
    context.require_2d_inputs()
    extent, size = plane_of(context), GRID // 2
    layers = observe.hidden_layers(context.model, plane_grid(extent, size))
    if not layers:
        raise NotApplicableError('the model has no hidden layer')
    figures = {}
    for number, layer in enumerate(layers, 1):
        is_single = len(layers) == 1
        what = 'hidden neurons' if is_single else f'neurons of hidden layer {number}'
        figures['neurons' if is_single else f'neurons_{number}'] = Drawing(
            'draw_neurons',
            layer.T.reshape(-1, size, size),
            extent,
            inputs=context.train.inputs,
            title=context.title(f'activation of the {what}'),
        )
    return figures


def hidden_space(context: FigureContext) -> Figures:
    """Training samples as the last hidden layer represents them."""
    hidden = last_hidden(context)
    figure = Drawing(
        'draw_hidden_space',
        hidden,
        context.train.labels,
        boundary=observe.last_boundary(context.model, context.train.inputs),
        classes=context.class_names,
        title=context.title('space of the last hidden layer'),
    )
    return {'hidden_space': figure}


def last_hidden(context: FigureContext) -> Array:
    """Return the last hidden layer's activations for the training samples, (N, units)."""
    context.require_classes()
    hidden = observe.last_hidden_layer(context.model, context.train.inputs)
    if hidden is None:
        raise NotApplicableError('the model has no hidden layer')
    return hidden.reshape(len(hidden), -1)
