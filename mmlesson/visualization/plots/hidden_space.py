"""Hidden space: samples as the last hidden layer represents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmlesson.visualization.plots.array_checks import (
    Extent,
    check_labels,
    check_not_empty,
    check_shapes,
    count_classes,
)
from mmlesson.visualization.plots.decision_regions import NAMED_CLASSES, spread_numbers
from mmlesson.visualization.plots.fonts import class_names, full_name
from mmlesson.visualization.plots.linear_boundary import linear_boundary
from mmlesson.visualization.plots.plane import plane_extent
from mmlesson.visualization.plots.projection import Boundary, Projection, fit_projection
from mmlesson.visualization.plots.style import INK, class_colors, new_figure, set_title, styled

FEW_CLASSES = 4  # more are named among their points too, since their colours are alike
SHORT_NAME = 8  # letters of a name that fits there


class HiddenSpace:
    """Hidden space that can be updated in place, as for an animation, with fixed limits.

    Args:
        labels: Classes of the samples, (N,).
        extent: Part of the plane to show; it should cover all frames.
        classes: Class names.
        bounded: Whether a boundary will be shown, for the legend.
        shares_on_axes: Whether the label of a projected axis has its share of the variance. Without
            it the labels of an animation stay the same, so that they are drawn once.

    Attributes:
        figure: The figure.
    """

    @styled
    def __init__(
        self,
        labels: Any,
        extent: Extent,
        *,
        classes: Sequence[str] | None = None,
        bounded: bool = False,
        shares_on_axes: bool = True,
    ) -> None:
        check_not_empty('HiddenSpace', 'labels', labels)
        self.num_classes = count_classes(labels, classes)
        self.labels = check_labels('HiddenSpace', 'labels', labels, self.num_classes)
        names = class_names('HiddenSpace', classes, self.num_classes)
        self.extent = extent
        self._shares_on_axes = shares_on_axes
        self.figure, axes = new_figure(height=4.8)
        self.axes = axes[0, 0]
        colors = class_colors(self.num_classes)
        self._line = LineCollection([], colors=INK, linewidths=1.2)
        self.axes.add_collection(self._line)
        self._points = self.axes.scatter(
            *np.zeros((2, len(self.labels))),
            s=20,
            c=colors[self.labels],
            edgecolors='white',
            linewidths=0.4,
            zorder=3,
        )
        is_crowded = self.num_classes > FEW_CLASSES and max(map(len, names)) <= SHORT_NAME
        has_legend = self.num_classes <= NAMED_CLASSES
        self._marks = names if is_crowded and has_legend else list(map(str, range(len(names))))
        self._is_marked = is_crowded or not has_legend
        self._numbers: list[Any] = []
        self.axes.set(xlim=extent[:2], ylim=extent[2:])
        if self.num_classes <= NAMED_CLASSES:
            handles = [
                Line2D([], [], linestyle='', marker='o', color=color, label=full_name(name))
                for color, name in zip(colors, names, strict=True)
            ]
            if bounded:
                handles.append(Line2D([], [], color=INK, linewidth=1.2, label='boundary'))
            self.figure.legend(handles=handles, loc='outside right center')

    @styled
    def update(
        self,
        hidden: Any,
        plane: Projection,
        *,
        boundary: Boundary | None = None,
        title: str = 'Hidden space',
    ) -> None:
        """Show the samples at new positions.

        Args:
            hidden: Activations of the last hidden layer, (N, D).
            plane: Projection of the activations to the plane.
            boundary: Boundary of the last layer between two classes. The plane must face it or
                be direct; in any other plane, the boundary is not a line.
            title: Title; the share of variance that the plane keeps is added.
        """
        check_shapes('HiddenSpace', labels=(self.labels, 'N'), hidden=(hidden, 'N D'))
        points = plane(hidden)
        self._points.set_offsets(points)
        if self._is_marked:
            self._write_numbers(points)
        self._line.set_segments([] if boundary is None else self._boundary(plane, boundary))
        shares = plane.shares(hidden)
        self._label_axes(plane, shares)
        if not plane.direct:
            title += f'\n{len(plane.mean)} units, {shares.sum():.0f} % of their variance shown'
        set_title(self.figure, title)

    def _boundary(self, plane: Projection, boundary: Boundary) -> list[Any]:
        weight, bias = boundary
        return linear_boundary(
            (plane.directions @ weight)[None], [plane.mean @ weight + bias], self.extent
        )

    def _label_axes(self, plane: Projection, shares: Any) -> None:
        if plane.direct:
            labels = ['hidden unit 1 (activation)', 'hidden unit 2 (activation)']
            if len(plane.mean) == 1:
                labels[1] = 'only one hidden unit'
                self.axes.set_yticks([])
        elif self._shares_on_axes:
            labels = [
                f'{name} ({share:.0f} % of variance)'
                for name, share in zip(plane.names, shares, strict=True)
            ]
        else:
            labels = list(plane.names)
        if labels != [self.axes.get_xlabel(), self.axes.get_ylabel()]:
            self.axes.set(xlabel=labels[0], ylabel=labels[1])

    def _write_numbers(self, points: Any) -> None:
        for number in self._numbers:
            number.remove()
        room = np.array([0.035, 0.035]) * np.subtract(self.extent[1::2], self.extent[::2])
        self._numbers = [
            self.axes.text(
                x,
                y,
                self._marks[label],
                fontsize=8,
                ha='center',
                va='center',
                color=INK,
                clip_on=True,
                bbox={'facecolor': 'white', 'alpha': 0.75, 'lw': 0, 'pad': 0.6},
            )
            for label, (x, y) in spread_numbers(points, self.labels, room).items()
        ]


def draw_points(
    points: Any,
    labels: Any,
    *,
    classes: Sequence[str] | None = None,
    axis_labels: tuple[str, str] = ('x1', 'x2'),
    ticks: bool = True,
    title: str = 'Samples',
) -> Figure:
    """Draw samples in the plane.

    Args:
        points: Coordinates of the samples, (N, 2).
        labels: Classes of the samples, (N,).
        classes: Class names.
        axis_labels: Labels of the x and y axes.
        ticks: Whether to draw ticks; the coordinates of t-SNE have no meaning.
        title: Title of the figure.

    Raises:
        ArgumentError: If shapes or labels do not fit together.
    """
    check_shapes('draw_points', points=(points, 'N 2'), labels=(labels, 'N'))
    plane = fit_projection(points)
    extent = plane_extent(plane(points), margin=0.08)
    space = HiddenSpace(labels, extent, classes=classes)
    space.update(points, plane, title=title)
    space.axes.set(xlabel=axis_labels[0], ylabel=axis_labels[1])
    if not ticks:
        space.axes.set(xticks=[], yticks=[])
    return space.figure


def draw_hidden_space(
    hidden: Any,
    labels: Any,
    *,
    boundary: Boundary | None = None,
    classes: Sequence[str] | None = None,
    title: str = 'Hidden space',
) -> Figure:
    """Draw the samples in the space of the last hidden layer.

    Up to two units are drawn directly. More units are projected so that the first axis is the
    distance from ``boundary``, which keeps the separation of the classes visible, or by PCA if
    there is no boundary.

    Args:
        hidden: Activations of the last hidden layer, (N, D).
        labels: Classes of the samples, (N,).
        boundary: Weight (D,) and bias of the last layer, between two classes.
        classes: Class names.
        title: Title; the share of variance that the plane keeps is added.

    Raises:
        ArgumentError: If shapes or labels do not fit together.
    """
    check_shapes('draw_hidden_space', hidden=(hidden, 'N D'), labels=(labels, 'N'))
    plane = fit_projection(hidden, boundary)
    extent = plane_extent(plane(hidden), margin=0.08)
    space = HiddenSpace(labels, extent, classes=classes, bounded=boundary is not None)
    space.update(hidden, plane, boundary=boundary, title=title)
    return space.figure
