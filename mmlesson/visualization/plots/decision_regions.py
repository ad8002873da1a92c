"""Decision regions of a model with two inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mmlesson.errors import check_int
from mmlesson.visualization.plots.array_checks import Array, Extent, check_labels, check_shapes
from mmlesson.visualization.plots.fonts import class_names, full_name
from mmlesson.visualization.plots.linear_boundary import linear_boundary
from mmlesson.visualization.plots.plane import cell_centres, plane_extent
from mmlesson.visualization.plots.style import (
    INK,
    MUTED,
    class_colors,
    new_figure,
    set_title,
    styled,
)

NAMED_CLASSES = 10  # up to this number, colours and a legend; above, numbers on the points
MARKERS = {'train': ('o', 22), 'val': ('D', 26)}
RIGHT = ('white', 0.6)  # edge of a point: colour and width
WRONG = (INK, 1.8)
MISTAKE = 'misclassified'
FAINTEST, STRONGEST = 0.12, 0.62  # of the class colour, for the least and the surest probability
UNSHADED = 0.5  # between the two, where there are no probabilities


def shade(probabilities: Array, shaded: bool = True) -> npt.NDArray[np.float64]:
    """Return the colours of a map of probabilities: the winner's, the stronger the surer.

    Args:
        probabilities: (H, W, C).
        shaded: False for one strength everywhere.

    Returns:
        RGB, (H, W, 3) in [0, 1].
    """
    num_classes = probabilities.shape[-1]
    surest = probabilities.max(-1)
    sure = np.clip((surest - 1 / num_classes) / (1 - 1 / num_classes), 0, 1)
    if not shaded:
        sure = np.full_like(sure, UNSHADED)
    strength = (FAINTEST + (STRONGEST - FAINTEST) * sure)[..., None]
    colors = class_colors(num_classes)[probabilities.argmax(-1)]
    mixed: npt.NDArray[np.float64] = 1 - strength * (1 - colors)
    return mixed


def boundaries(probabilities: Array, extent: Extent) -> list[Array]:
    """Return the lines between regions, interpolated between cells; each (points, 2).

    The lines are the zero contours of each class's margin over the strongest other class.
    """
    ranked = np.array(probabilities, dtype=float)
    winner = ranked.argmax(-1)
    best = ranked.max(-1)
    np.put_along_axis(ranked, winner[..., None], -np.inf, -1)
    second = ranked.max(-1)
    x, y = cell_centres(extent, *winner.shape)
    lines: list[Array] = []
    present = np.unique(winner)
    for label in present[1:] if len(present) == 2 else present:  # two classes share one line
        rows, columns = (_widened(np.flatnonzero((winner == label).any(a))) for a in (1, 0))
        own, window = probabilities[rows, columns, label], (rows, columns)
        lead = np.where(winner[window] == label, own - second[window], own - best[window])
        generator: Any = contourpy.contour_generator(x[columns], y[rows], lead)
        lines += generator.lines(0.0)
    return lines


def _widened(indices: Array) -> slice:
    return slice(max(int(indices[0]) - 1, 0), int(indices[-1]) + 2)


def spread_numbers(inputs: Array, labels: Array, room: Array) -> dict[int, Array]:
    """Return a position for the number of each class, among its points and without overlap.

    The position is the mean of the class or, if occupied, one of its points. A class without a free
    position is left out.

    Args:
        inputs: Points, (N, 2).
        labels: Classes of the points, (N,).
        room: Width and height of a number, in the units of the plane, (2,).
    """
    places: dict[int, Array] = {}
    for label in np.unique(labels):
        own = inputs[labels == label]
        for place in (own.mean(0), *own):
            gaps = np.abs(place - np.array(list(places.values())).reshape(-1, 2))
            if (gaps > room).any(1).all():
                places[int(label)] = place
                break
    return places


class DecisionRegions:
    """Decision regions that can be updated in place, as for an animation.

    Args:
        inputs: Training points, (N, 2).
        labels: Classes of the training points, (N,).
        val_inputs: Validation points, (M, 2); None if there are none.
        val_labels: Their classes.
        num_classes: How many classes there are.
        classes: Their names.
        extent: What is shown of the plane; as far as the points reach if None.
        shaded: Whether the strength of the colour shows the probability; False for a model whose
            scores are no probabilities.

    Attributes:
        figure: The figure.
    """

    @styled
    def __init__(
        self,
        inputs: Any,
        labels: Any,
        val_inputs: Any = None,
        val_labels: Any = None,
        *,
        num_classes: int,
        classes: Sequence[str] | None = None,
        extent: Extent | None = None,
        shaded: bool = True,
    ) -> None:
        owner = 'DecisionRegions'
        check_int(owner, 'num_classes', num_classes, minimum=2)
        no_val = val_inputs is None
        points = {
            'train': (inputs, labels),
            'val': (np.empty((0, 2)), np.empty(0, int)) if no_val else (val_inputs, val_labels),
        }
        check_shapes(owner, inputs=(inputs, 'N 2'), labels=(labels, 'N'))
        check_shapes(
            owner, val_inputs=(points['val'][0], 'M 2'), val_labels=(points['val'][1], 'M')
        )
        self.num_classes = num_classes
        self.shaded = shaded
        self.names = class_names(owner, classes, num_classes)
        self.points = {
            split: (np.asarray(x), check_labels(owner, f'{split} labels', y, num_classes))
            for split, (x, y) in points.items()
        }
        everywhere = np.concatenate([x for x, _ in self.points.values()])
        self.extent = extent or plane_extent(everywhere)
        self.figure, axes = new_figure(width=6.4, height=4.8, grid=False)
        self.axes = axes[0, 0]
        self._draw_empty()

    def _draw_empty(self) -> None:
        colors = class_colors(self.num_classes)
        blank = np.ones((2, 2, 3))
        self._image = self.axes.imshow(blank, extent=self.extent, origin='lower', aspect='auto')
        self._lines = LineCollection([], colors=INK, linewidths=1.2)
        self.axes.add_collection(self._lines)
        self._scatters = {}
        for split, (inputs, labels) in self.points.items():
            marker, area = MARKERS[split]
            size = area if self.num_classes <= NAMED_CLASSES else area / 2
            self._scatters[split] = self.axes.scatter(
                *inputs.T, s=size, c=colors[labels], marker=marker, edgecolors=RIGHT[0], zorder=3
            )
        self.axes.set(xlim=self.extent[:2], ylim=self.extent[2:], xlabel='x1', ylabel='x2')
        if self.num_classes > NAMED_CLASSES:
            self._write_numbers()
        self.figure.legend(handles=self._handles(), loc='outside right center')

    def _write_numbers(self) -> None:
        inputs, labels = self.points['train']
        room = np.array([0.045, 0.035]) * np.subtract(self.extent[1::2], self.extent[::2])
        for label, (x, y) in spread_numbers(inputs, labels, room).items():
            text = self.axes.text(x, y, str(label), fontsize=8, ha='center', va='center', zorder=4)
            text.set_bbox({'facecolor': 'white', 'alpha': 0.75, 'lw': 0, 'pad': 0.6})

    def _handles(self) -> list[Any]:
        def dot(split: str, label: str, edge: tuple[str, float] = RIGHT) -> Line2D:
            return Line2D(
                [],
                [],
                linestyle='',
                marker=MARKERS[split][0],
                color=MUTED,
                markersize=7,
                markeredgecolor=edge[0],
                markeredgewidth=edge[1],
                label=label,
            )

        handles: list[Any] = [dot('train', 'training')]
        if len(self.points['val'][1]):
            handles.append(dot('val', 'validation'))
        handles.append(dot('train', MISTAKE, WRONG))
        handles.append(Line2D([], [], color=INK, linewidth=1.2, label='boundary'))
        if self.num_classes <= NAMED_CLASSES:
            colors = class_colors(self.num_classes)
            handles += [
                Patch(color=color, label=full_name(name))
                for color, name in zip(colors, self.names, strict=True)
            ]
        return handles

    @styled
    def hide_mistake_key(self) -> None:
        """Leave misclassified points out of the legend, for a figure that shows none."""
        self.figure.legends[0].remove()
        handles = [handle for handle in self._handles() if handle.get_label() != MISTAKE]
        self.figure.legend(handles=handles, loc='outside right center')

    @styled
    def update(
        self,
        probabilities: Any,
        predicted: Any = None,
        val_predicted: Any = None,
        *,
        linear: tuple[Any, Any] | None = None,
        title: str = 'Decision regions',
    ) -> None:
        """Show new predictions of a model.

        Args:
            probabilities: Probability of each class in each cell of `plane_grid`, (H, W, C).
            predicted: Predicted classes of the training points, (N,); misclassified points are
                outlined. None outlines no point.
            val_predicted: Predicted classes of the validation points, (M,).
            linear: Weight (1 or C, 2) and bias (1 or C,) of a linear model, for the exact
                boundary; if None, the boundary is interpolated between cells.
            title: Title of the figure.
        """
        sizes = check_shapes('DecisionRegions', probabilities=(probabilities, 'H W C'))
        shape = (sizes['H'], sizes['W'], self.num_classes)
        check_shapes('DecisionRegions', probabilities=(probabilities, ' '.join(map(str, shape))))
        probabilities = np.asarray(probabilities)
        self._image.set_data(shade(probabilities, self.shaded))
        if linear is None:
            self._lines.set_segments(boundaries(probabilities, self.extent))
        else:
            self._lines.set_segments(linear_boundary(*linear, self.extent))
        self._outline('train', predicted)
        self._outline('val', val_predicted)
        set_title(self.figure, title)

    def _outline(self, split: str, predicted: Any) -> None:
        labels = self.points[split][1]
        if predicted is None:
            predicted = labels
        check_shapes('DecisionRegions', labels=(labels, 'N'), predicted=(predicted, 'N'))
        wrong = np.asarray(predicted) != labels
        scatter = self._scatters[split]
        scatter.set_edgecolors([WRONG[0] if is_wrong else RIGHT[0] for is_wrong in wrong])
        scatter.set_linewidths(np.where(wrong, WRONG[1], RIGHT[1]))


def draw_decision_regions(
    probabilities: Any,
    inputs: Any,
    labels: Any,
    val_inputs: Any = None,
    val_labels: Any = None,
    *,
    predicted: Any = None,
    val_predicted: Any = None,
    linear: tuple[Any, Any] | None = None,
    classes: Sequence[str] | None = None,
    extent: Extent | None = None,
    shaded: bool = True,
    title: str = 'Decision regions',
) -> Figure:
    """Draw the decision regions of a model with two inputs, and its training points.

    The colour of a place is that of its most probable class, the stronger the more probable; of a
    model without probabilities, that of its class.
    Training points are discs, validation points diamonds; wrong ones have a dark outline. Beyond
    ten classes the number of a class stands in the middle of its training points.

    Args:
        probabilities: Probability of each class in each cell of `plane_grid`, (H, W, C).
        inputs: Training points, (N, 2).
        labels: Classes of the training points, (N,).
        val_inputs: Validation points, (M, 2).
        val_labels: Classes of the validation points, (M,).
        predicted: Predicted classes of the training points, (N,).
        val_predicted: Predicted classes of the validation points, (M,).
        linear: Weight (1 or C, 2) and bias (1 or C,) of a linear model, for the exact boundary.
        classes: Names.
        extent: The part of the plane that ``probabilities`` is of; `plane_extent` of all points
            if None.
        shaded: False for a model whose scores are no probabilities: the colour has one strength.
        title: Title of the figure.

    Raises:
        ArgumentError: If shapes or labels do not fit together.
    """
    sizes = check_shapes('draw_decision_regions', probabilities=(probabilities, 'H W C'))
    regions = DecisionRegions(
        inputs,
        labels,
        val_inputs,
        val_labels,
        num_classes=sizes['C'],
        classes=classes,
        extent=extent,
        shaded=shaded,
    )
    regions.update(probabilities, predicted, val_predicted, linear=linear, title=title)
    given = ((predicted, labels), (val_predicted, val_labels))
    if not any(own is not None and (np.asarray(own) != true).any() for own, true in given):
        regions.hide_mistake_key()
    return regions.figure
