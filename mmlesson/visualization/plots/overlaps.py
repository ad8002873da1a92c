"""Precision-recall curves of detection, and histograms of intersection over union."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmlesson.visualization.plots.array_checks import check_not_empty, check_shapes
from mmlesson.visualization.plots.style import (
    MUTED,
    PALETTE,
    TRAIN,
    VAL,
    new_figure,
    set_title,
    styled,
)

BINS = 20


@styled
def draw_precision_recall(
    recalls: Any, precisions: Mapping[str, Any], *, title: str = 'Precision and recall'
) -> Figure:
    """Draw the precision at each recall; the area below a curve is its average precision.

    Args:
        recalls: Recall in 0 to 1, evenly spaced, (R,).
        precisions: Precision in 0 to 1 at each recall, (R,), by name.
        title: Title of the figure.

    Raises:
        ArgumentError: If a shape does not match, or there is no curve.
    """
    owner = 'draw_precision_recall'
    check_not_empty(owner, 'precisions', precisions)
    figure, axes = new_figure()
    panel = axes[0, 0]
    for number, (name, values) in enumerate(precisions.items()):
        check_shapes(owner, recalls=(recalls, 'R'), **{f'precisions[{name!r}]': (values, 'R')})
        shares = 100 * np.asarray(values, dtype=float)
        label = f'{name}: average precision {shares.mean():.1f} %'
        color = PALETTE[number % len(PALETTE)]
        panel.plot(100 * np.asarray(recalls), shares, color=color, label=label)
    panel.set(xlabel='recall (%)', ylabel='precision (%)', xlim=(0, 101), ylim=(0, 104))
    figure.legend(*panel.get_legend_handles_labels(), loc='outside lower center', ncols=2)
    set_title(figure, title)
    return figure


@styled
def draw_iou_histogram(
    ious: Any, *, limit: float | None = 0.5, noun: str = 'objects', title: str = 'Overlap'
) -> Figure:
    """Draw how many objects have which intersection over union (IoU) with their prediction.

    Args:
        ious: In 0 to 1, (N,); 0 for an object that was not found.
        limit: IoU from which a prediction is right, or None.
        noun: What has an IoU, in the plural.
        title: Title; the mean is added.

    Raises:
        ArgumentError: If there is no IoU.
    """
    check_shapes('draw_iou_histogram', ious=(ious, 'N'))
    check_not_empty('draw_iou_histogram', 'ious', ious)
    values = np.asarray(ious, dtype=float)
    figure, axes = new_figure()
    panel = axes[0, 0]
    counts, edges = np.histogram(values, BINS, (0, 1))
    wrong = edges[:-1] < (0 if limit is None else limit)
    panel.bar(
        edges[:-1],
        counts,
        1 / BINS,
        align='edge',
        color=np.where(wrong, VAL, TRAIN),
        edgecolor='white',
    )
    if limit is not None:
        panel.axvline(limit, color=MUTED, linestyle='--', label=f'right from {limit:g}')
        panel.legend(loc='upper left')
    panel.set(xlabel='intersection over union', ylabel=noun, xlim=(0, 1))
    set_title(figure, f'{title}: mean {values.mean():.2f} of {len(values):,} {noun}')
    return figure
