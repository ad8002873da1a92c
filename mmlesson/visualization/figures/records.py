"""Figures of recorded scalars: learning curves, norms of layers, dead units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlesson.errors import UserError
from mmlesson.runs.conclusion import metric_name
from mmlesson.runs.scalars import read_points
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures.context import (
    FigureContext,
    Figures,
    NotApplicableError,
)
from mmlesson.visualization.figures.layer_names import is_normalisation, layer_names
from mmlesson.visualization.plots.final_point import FinalPoint


def learning_curves(context: FigureContext) -> Figures:
    """Training and validation loss and accuracy, also of an interrupted run."""
    points = records_of(context)
    curves: dict[str, dict[str, Any]] = {'loss': {}, 'accuracy/top1': {}}
    for metric, by_split in curves.items():
        for split in ('train', 'val'):
            found = [(at, record[metric]) for at, record in points[split] if metric in record]
            if found:
                steps, values = zip(*found, strict=True)
                by_split[split] = (steps, [np.nan if v is None else v for v in values])
    if not curves['loss']:
        raise NotApplicableError('no loss was recorded')
    stop = context.stop or {}
    figure = Drawing(
        'draw_learning_curves',
        curves['loss'],
        curves['accuracy/top1'],
        best_epoch=context.best_epoch,
        best_name=f'best validation {metric_name(context.best_metric)}'.strip(),
        stop_epoch=stop.get('epoch'),
        stop_reason=str(stop['reason']).replace('_', ' ') if stop else None,
        final=_final(context, points),
        epoch_label=context.step_label,
        title=f'{context.name}: learning curves',
    )
    return {'learning_curves': figure}


def _final(
    context: FigureContext, points: Mapping[str, Sequence[tuple[int, Mapping[str, Any]]]]
) -> FinalPoint | None:
    """Return the validation of the model's weights, if they are not those of the last epoch."""
    last = max((at for phase in ('train', 'val') for at, _ in points[phase]), default=0)
    if context.update is None and context.epoch in (0, last):
        return None
    recorded = dict(points['val']).get(context.epoch)
    metrics = (recorded if context.update is None else context.pocket_val) or {}
    loss, accuracy = metrics.get('loss'), metrics.get('accuracy/top1')
    return FinalPoint(context.weights_text, context.epoch, loss, accuracy)


def layer_norms(context: FigureContext) -> Figures:
    """Norms of gradients and weights per layer over time."""
    norms = {}
    for kind in ('gradient', 'weight'):  # a perceptron has no gradients
        try:
            epochs, lines = _over_time(context, f'{kind}_norm/')
        except NotApplicableError:
            continue
        norms[f'{kind}_norms'] = Drawing(
            'draw_layer_norms',
            epochs,
            _readable(context, lines),
            quantity=f'{kind} norm (L2)',
            epoch_label=context.step_label,
            title=f'{context.name}: {kind} norm per layer',
        )
    if not norms:
        raise NotApplicableError('no layer norms were recorded')
    return norms


def _readable(context: FigureContext, lines: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lines of layers by names for readers, without normalisation layers."""
    names = layer_names(context.model)
    kept = [name for name in lines if not is_normalisation(context.model, name)]
    return {names.get(name, name): lines[name] for name in kept or lines}


def dead_units(context: FigureContext) -> Figures:
    """Percentage of units with the same output for every sample, over time."""
    epochs, lines = _over_time(context, 'dead_units/')
    if not any(np.nan_to_num(line).any() for line in lines.values()):
        raise NotApplicableError('no unit was dead in any epoch')
    figure = Drawing(
        'draw_dead_units',
        epochs,
        lines,
        epoch_label=context.step_label,
        title=f'{context.name}: dead units per layer',
    )
    return {'dead_units': figure}


def _over_time(context: FigureContext, start: str) -> tuple[list[int], dict[str, list[float]]]:
    layers = records_of(context)['layers']
    points = [(at, point) for at, point in layers if any(name.startswith(start) for name in point)]
    if not points:
        raise NotApplicableError('no such values were recorded')
    names = [name for name in points[-1][1] if name.startswith(start)]
    lines = {
        name.removeprefix(start): [point.get(name, np.nan) for _, point in points] for name in names
    }
    return [at for at, _ in points], lines


def records_of(context: FigureContext) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """Return the recorded points of the run, by phase; see `read_points`."""
    try:
        return read_points(context.run)
    except UserError as err:
        raise NotApplicableError('nothing was recorded') from err
