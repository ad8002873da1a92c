"""Histograms of the features of vectors, by class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mmlesson.errors import check_int
from mmlesson.visualization.plots.array_checks import check_labels, check_not_empty, check_shapes
from mmlesson.visualization.plots.decision_regions import NAMED_CLASSES
from mmlesson.visualization.plots.fonts import class_names, drawable_names
from mmlesson.visualization.plots.style import WIDTH, class_colors, new_figure, set_title, styled

_COLUMNS = 4
_BINS = 20


@styled
def draw_feature_histograms(
    values: Any,
    labels: Any,
    classes: Sequence[str],
    *,
    names: Sequence[str] | None = None,
    max_features: int = 24,
    title: str = 'Features',
) -> Figure:
    """Draw a histogram of each feature, stacked by class.

    Args:
        values: Samples, (N, D).
        labels: Class of each sample, (N,).
        classes: Class names.
        names: Names of the features; None to number them from 1.
        max_features: How many features to draw at most; the title says how many there are.
        title: Title of the figure.

    Raises:
        ArgumentError: If shapes or labels do not fit together.
    """
    owner = 'draw_feature_histograms'
    check_int(owner, 'max_features', max_features)
    check_shapes(owner, values=(values, 'N D'), labels=(labels, 'N'))
    check_not_empty(owner, 'values', values)
    labels = check_labels(owner, 'labels', labels, len(classes))
    values = np.asarray(values, np.float64)
    count = values.shape[1]
    features = [f'feature {place + 1}' for place in range(count)] if names is None else names
    shown = drawable_names(features, noun='feature')[:max_features]
    rows, columns = math.ceil(len(shown) / _COLUMNS), min(_COLUMNS, len(shown))
    figure, axes = new_figure(rows, columns, height=1.7 * rows + 0.9, width=max(WIDTH, 2 * columns))
    colors = class_colors(len(classes))
    groups = [values[labels == label] for label in range(len(classes))]
    for place, panel in enumerate(axes.flat):
        if place >= len(shown):
            panel.remove()
            continue
        columns_of = [group[:, place] for group in groups]
        panel.hist(columns_of, bins=_BINS, stacked=True, color=list(colors))
        panel.set_title(shown[place], fontsize=9)
    if len(classes) <= NAMED_CLASSES:
        handles = [Patch(facecolor=color) for color in colors]
        legend_names = class_names(owner, classes, len(classes))
        figure.legend(handles, legend_names, loc='outside lower center', ncols=4)
    set_title(figure, title if count <= max_features else f'{title}: {len(shown)} of {count}')
    return figure
