"""Figures of the perceptron: decision lines and mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlesson.errors import UserError
from mmlesson.runs.side_file import LARGEST, is_file, is_number, read_table, warn
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures.context import (
    FigureContext,
    Figures,
    NotApplicableError,
)
from mmlesson.visualization.figures.records import records_of

MOST_PANELS = 6
MOST_FRAMES = 60  # of the film of updates


def perceptron_lines(context: FigureContext) -> Figures:
    """Decision line of a two-class perceptron after each update."""
    rows = _read_updates(context, ('w1', 'w2', 'b'))
    figure = Drawing(
        'draw_perceptron_lines',
        context.train.inputs,
        context.train.labels,
        [row[:2] for row in rows],
        [row[2] for row in rows],
        pocket=context.update,
        classes=context.full_class_names,
        title=f'{context.name}: the line after each update',
    )
    return {'perceptron_lines': figure}


def perceptron_updates(context: FigureContext) -> Figures:
    """Samples that caused updates of a two-class perceptron, with the line before and after."""
    rows = np.array(_read_updates(context, ('label', 'x1', 'x2', 'w1', 'w2', 'b')))
    if not len(rows):
        raise NotApplicableError('the perceptron made no mistake')
    samples, after = rows[:, 1:3], rows[:, 3:]
    sign = np.where(rows[:, :1] == 1, 1.0, -1.0)
    rate = float(getattr(context.model, 'learning_rate', 1.0))
    before = after - rate * sign * np.column_stack([samples, np.ones(len(rows))])
    drawings = {}
    for name, plot, most in (
        ('perceptron_updates', 'draw_perceptron_updates', MOST_PANELS),
        ('perceptron_updates_film', 'animate_perceptron_updates', MOST_FRAMES),
    ):
        chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(int))
        part = '' if len(chosen) == len(rows) else f'{len(chosen)} of '
        drawings[name] = Drawing(
            plot,
            context.train.inputs,
            context.train.labels,
            samples[chosen],
            before[chosen],
            after[chosen],
            numbers=(chosen + 1).tolist(),
            classes=context.full_class_names,
            title=f'{context.name}: {part}{_count_text(len(rows))} of the line',
        )
    return drawings


def _count_text(updates: int) -> str:
    return '1 update' if updates == 1 else f'{updates} updates'


def _read_updates(context: FigureContext, columns: Sequence[str]) -> list[list[float]]:
    """Return columns of the record of a two-class perceptron in the plane, a row per update."""
    context.require_2d_inputs()
    file = context.run / 'perceptron_updates.csv'
    if not is_file(file):
        raise NotApplicableError('no updates were recorded (PerceptronHook records them)')
    try:
        return read_table(file, columns)
    except (UserError, ValueError) as err:
        warn(f'{file} is left out: {str(err).rstrip(".")}.')
        raise NotApplicableError('perceptron_updates.csv is damaged') from err


def perceptron_mistakes(context: FigureContext) -> Figures:
    """Mistakes of a perceptron per epoch, and their running total with Novikoff's bound."""
    found = [
        (at, record['mistakes'])
        for at, record in records_of(context)['train']
        if is_number(record.get('mistakes')) and 0 <= record['mistakes'] <= LARGEST  # also not NaN
    ]
    if not found:
        raise NotApplicableError('the model is not a perceptron')
    facts = context.facts.get('perceptron') or {}
    figure = Drawing(
        'draw_perceptron_mistakes',
        np.array([count for _, count in found]).astype(int),
        epochs=[at for at, _ in found],
        epoch_label=context.step_label,
        bound=facts.get('bound'),
        separable=_separable(context, facts),
        title=f'{context.name}: mistakes of the perceptron',
    )
    return {'perceptron_mistakes': figure}


def _separable(context: FigureContext, facts: Mapping[str, Any]) -> bool | None:
    """Return whether a line separates the training classes; None if that is unknown.

    `PerceptronHook` proves either. Without it, a linear model that classifies every training sample
    correctly is a proof that they are separable.
    """
    if 'separable' in facts:
        return bool(facts['separable'])
    train = context.train
    if len(train.labels) < train.total or context.linear is None:
        return None
    return True if (context.predicted('train') == train.labels).all() else None
