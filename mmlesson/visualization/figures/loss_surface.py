"""Loss surface over the plane of the optimizer's path."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils import vector_to_parameters

from mmlesson.tasks import map_labels
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory
from mmlesson.visualization.plots.array_checks import Extent
from mmlesson.visualization.plots.plane import plane_extent, plane_grid
from mmlesson.visualization.plots.projection import fit_projection

SURFACE_SAMPLES = 256
PADDING = 0.15
SHARED_POINTS = 8  # weights at which the losses of runs are compared


@dataclass(frozen=True)
class Surface:
    """Training loss over the plane of a path of weights.

    Args:
        losses: Loss in each cell of `plane_grid`, (S, S).
        extent: Part of the plane that the cells cover.
        path: Positions of the path, (T, 2).
        final: Position of the model's weights, (2,).
        share: Share of the path's variance that the plane keeps, in percent; None if the model has
            no more than two parameters, so that the surface is exact.
    """

    losses: Array
    extent: Extent
    path: Array
    final: Array
    share: float | None


def measure_surface(model: nn.Module, inputs: Array, labels: Any, path: Array) -> Surface:
    """Return the loss over the plane of a path; no random number is drawn.

    Args:
        model: The model, which is left as it is.
        inputs: Training inputs, (N, ...); the first `SURFACE_SAMPLES` are used.
        labels: Their labels.
        path: All weights at each moment, (T, parameters), as `WeightTrajectory` records them.
    """
    final = _weights_of(model)
    plane = fit_projection(path)
    coordinates, place = plane(path), plane(final[None])
    extent = plane_extent(np.concatenate([coordinates, place]), margin=0.3)
    size = 60 if plane.direct else 17
    cells = plane_grid(extent, size).astype(float)
    losses = _losses(model, inputs, labels, plane.mean + cells @ plane.directions)
    share = None if plane.direct else float(plane.shares(path).sum())
    return Surface(losses.reshape(size, size), extent, coordinates, place[0], share)


def loss_surface(context: FigureContext) -> Figures:
    """The training loss over the plane of the optimizer's path."""
    path, samples = path_of(context).points, context.train
    found = measure_surface(context.model, samples.inputs, samples.labels, path)
    is_direct = found.share is None
    is_end = np.allclose(_weights_of(context.model), path[-1])
    names = _parameter_names(context) if is_direct else ['direction 1 of the path (PCA)'] * 2
    figure = Drawing(
        'draw_loss_surface',
        found.losses,
        found.extent,
        found.path,
        explained=found.share,
        x_label=names[0],
        y_label=names[1] if is_direct else 'direction 2 of the path (PCA)',
        final=None if is_end else (context.weights_text, *found.final),
        title=f'{context.name}: loss surface{_part_text(context)}',
    )
    return {'loss_surface': figure}


def path_of(context: FigureContext) -> WeightTrajectory:
    """Return the path of the weights.

    Raises:
        NotApplicableError: If there is none, or the weights are not trained by gradients.
    """
    if not any(parameter.requires_grad for parameter in context.model.parameters()):
        raise NotApplicableError('the perceptron rule does not descend a loss surface')
    if context.path is None or len(context.path) < 2:
        raise NotApplicableError('the path of the weights was not recorded')
    return context.path


def loss_paths(contexts: Mapping[str, FigureContext]) -> Figures:
    """The paths of several runs on the loss surface that they share, as a figure and a film.

    Args:
        contexts: Runs by the name that the legend shows.

    Raises:
        NotApplicableError: If a run has left no path, or runs have different loss surfaces.
    """
    first = next(iter(contexts.values()))
    paths = {name: path_of(context) for name, context in contexts.items()}
    if len({path.points.shape[1] for path in paths.values()}) > 1:
        raise NotApplicableError('the models have different numbers of parameters')
    together = np.concatenate([path.points for path in paths.values()])
    plane = fit_projection(together)
    _require_same_surface(contexts, together[:: max(len(together) // SHARED_POINTS, 1)])
    extent = _extent_of(plane(together))
    size = 60 if plane.direct else 25
    cells = plane_grid(extent, size).astype(float)
    losses = _losses_of(first, plane.mean + cells @ plane.directions)
    names = _parameter_names(first) if plane.direct else ['direction 1 (PCA)', 'direction 2 (PCA)']
    named = {
        'explained': None if plane.direct else float(plane.shares(together).sum()),
        **{'x_label': names[0], 'y_label': names[1], 'title': f'{len(paths)} runs'},
    }
    surface = (losses.reshape(size, size), extent)
    flat = {name: plane(path.points) for name, path in paths.items()}
    times = {name: np.array(path.moments) / max(path.moments) for name, path in paths.items()}
    return {
        'loss_paths': Drawing('draw_loss_paths', *surface, flat, **named),
        'loss_paths_film': Drawing('animate_loss_paths', *surface, flat, times, **named),
    }


def _extent_of(points: Array) -> tuple[float, float, float, float]:
    """Return the rectangle around points, padded along each axis by a share of its own length.

    Paths differ most across the valley, which may be much narrower than it is long.
    """
    low, high = points.min(0), points.max(0)
    pad = PADDING * np.maximum(high - low, 1e-6)
    (left, bottom), (right, top) = (low - pad).tolist(), (high + pad).tolist()
    return left, right, bottom, top


def _require_same_surface(contexts: Mapping[str, FigureContext], vectors: Array) -> None:
    """Raise `NotApplicableError` unless the runs have the same loss at some weights."""
    (first, expected), *others = [
        (name, _losses_of(context, vectors)) for name, context in contexts.items()
    ]
    for name, found in others:
        if not np.allclose(found, expected, rtol=1e-4, equal_nan=True):
            raise NotApplicableError(
                f'{first} and {name} have different loss surfaces; compare runs of the same data, '
                'model and loss'
            )


def _weights_of(model: nn.Module) -> Array:
    """Return all parameters as one vector, as `WeightTrajectory` does."""
    flat = torch.cat([p.detach().reshape(-1).cpu() for p in model.parameters()])
    return flat.numpy().astype(float)


def _part_text(context: FigureContext) -> str:
    """Return how many of the training samples the loss is of, if not all."""
    count, total = min(len(context.train.inputs), SURFACE_SAMPLES), context.train.total
    return '' if count == total else f' of {count:,} of {total:,} training samples'


def _losses_of(context: FigureContext, vectors: Array) -> Array:
    return _losses(context.model, context.train.inputs, context.train.labels, vectors)


def _losses(given: nn.Module, inputs: Array, labels: Any, vectors: Array) -> Array:
    """Return the training loss for each parameter vector, (N,)."""
    model: Any = deepcopy(given).eval()
    batch = {
        'inputs': torch.from_numpy(inputs[:SURFACE_SAMPLES]),
        'labels': map_labels(lambda v: torch.from_numpy(v[:SURFACE_SAMPLES]), labels),
    }
    data = model.data_preprocessor(batch, False)
    dtype, device = next(model.parameters()).dtype, next(model.parameters()).device
    losses = []
    with torch.no_grad():
        for vector in vectors:
            vector_to_parameters(
                torch.as_tensor(vector, dtype=dtype, device=device), model.parameters()
            )
            losses.append(float(model.parse_losses(model(**data, mode='loss'))[0]))
    return np.array(losses)


def _parameter_names(context: FigureContext) -> list[str]:
    """Return 'w1' and 'w2', or 'w1' and 'b1': weights and biases are counted on their own."""
    counts = {'w': 0, 'b': 0}
    names = []
    for name, parameter in context.model.named_parameters():
        letter = 'b' if name.endswith('bias') else 'w'
        for _ in range(parameter.numel()):
            counts[letter] += 1
            names.append(f'{letter}{counts[letter]}')
    return [*names, 'no second parameter'][:2]
