"""Reliability diagram: accuracy of predictions by their confidence."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.array_checks import Array, check_shapes
from mmlesson.visualization.plots.axes import use_log_if_wide
from mmlesson.visualization.plots.style import MUTED, TRAIN, VAL, new_figure, set_title, styled

LOG_COUNTS_FROM = 50  # ratio of the largest to the smallest count


@styled
def draw_reliability(
    counts: Any, confidences: Any, accuracies: Any, *, title: str = 'Reliability'
) -> Figure:
    """Draw the accuracy in bins of equal width of the confidence, and the number of samples.

    The bars of a calibrated model end on the diagonal; below it, the model is overconfident.

    Args:
        counts: Number of samples in each bin, (B,).
        confidences: Mean confidence in each bin, 0-1, (B,); NaN where there is no sample.
        accuracies: Share of correct predictions in each bin, 0-1, (B,); NaN where there is none.
        title: Title; the expected calibration error is added.

    Raises:
        ArgumentError: If there is no sample, or the arrays differ in length.
    """
    shape = {'counts': (counts, 'B'), 'confidences': (confidences, 'B')}
    bins = check_shapes('draw_reliability', **shape, accuracies=(accuracies, 'B'))['B']
    total = int(np.sum(counts))
    if total < 1:
        raise ArgumentError('draw_reliability.counts must have at least one sample, got none.')
    centres = 100 * (np.arange(bins) + 0.5) / bins
    confident, accurate = (100 * np.asarray(values, float) for values in (confidences, accuracies))
    figure, axes = new_figure(2, height=5.2, share_x=True)
    panel, histogram = axes[:, 0]
    panel.bar(centres, np.nan_to_num(accurate), 100 / bins, color=TRAIN, edgecolor='white')
    panel.plot([0, 100], [0, 100], color=MUTED, linestyle='--', label='calibrated')
    panel.plot(confident, accurate, 'o', color=VAL, label='mean of a bin')
    panel.set(ylabel='correct (%)', xlim=(0, 100), ylim=(0, 102))
    panel.legend(loc='upper left')
    histogram.bar(centres, np.asarray(counts), 100 / bins, color=MUTED, edgecolor='white')
    _show_small_bars(histogram, np.asarray(counts))
    histogram.set(xlabel='probability of the predicted class (%)', ylabel='samples')
    error = np.nansum(np.asarray(counts) * np.abs(accurate - confident)) / total
    set_title(figure, f'{title}: expected calibration error {error:.1f} %')
    return figure


def _show_small_bars(axes: Axes, counts: Array) -> None:
    """Make the axis of counts logarithmic if one sample would not be seen beside the others."""
    use_log_if_wide(axes, [counts[counts > 0]], LOG_COUNTS_FROM)
    if axes.get_yscale() == 'log':
        axes.set_ylim(bottom=0.5)
