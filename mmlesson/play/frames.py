"""`Frame`: what the page shows of a network after one epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # slow to import
    from mmlesson.visualization.figures.loss_surface import Surface

Array = npt.NDArray[Any]
Extent = tuple[float, float, float, float]

GRID = 64  # cells along each side of the plane
NEURON_GRID = 20
MOST_SHOWN = 8  # neurons of a layer that are drawn


@dataclass
class Frame:
    """State of a training, as plain data and arrays.

    Args:
        state: 'paused', 'running', 'finished' or 'failed'.
        epoch: Number of finished epochs.
        regions: Probability of each class over the plane, float16 (`GRID`, `GRID`, C), the lowest
            row first.
        neurons: Of each hidden layer, the first activations over the plane, float16
            (K, `NEURON_GRID`, `NEURON_GRID`), and the number of its neurons.
        train: Mean training loss and accuracy of each epoch.
        val: Validation loss and accuracy of each epoch.
        message: Reason of the end, or of the failure.
        updates: Of a perceptron: a row for each update, see `PerceptronHook`.
        facts: Of a perceptron: what is stored in the summary.
        weights_sha256: Hash of the final weights, when finished.
        test: Test metrics, when finished.
        reason: Why training has ended early, as in `RunStatus.request_stop`; 'ended' if its process
            has.
        surface: Loss surface with the path of the weights, not of each frame.
    """

    state: str
    epoch: int = 0
    regions: Array | None = None
    neurons: list[tuple[Array, int]] = field(default_factory=list)
    train: list[tuple[float, float]] = field(default_factory=list)
    val: list[tuple[float, float]] = field(default_factory=list)
    message: str = ''
    updates: list[list[float]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    weights_sha256: str | None = None
    test: dict[str, float] = field(default_factory=dict)
    reason: str = ''
    surface: Surface | None = None


@dataclass(frozen=True)
class Plane:
    """The data of a training.

    Args:
        extent: x and y limits of the shown part of the plane.
        splits: Points, (N, 2), and labels, (N,), of 'train', 'val' and 'test'.
    """

    extent: Extent
    splits: dict[str, tuple[Array, Array]]


def observe_plane(loaders: dict[str, Any]) -> Plane:
    """Return the data of the loaders of a runner, by split."""
    from mmlesson.visualization.plots.plane import plane_extent

    splits = {}
    for name, loader in loaders.items():
        batch = loader.dataset.__getitems__(range(len(loader.dataset)))
        splits[name] = batch['inputs'].numpy(), batch['labels'].numpy()
    return Plane(plane_extent(np.concatenate([points for points, _ in splits.values()])), splits)


def observe_network(model: Any, extent: Extent) -> tuple[Array, list[tuple[Array, int]]]:
    """Return `Frame.regions` and `Frame.neurons` of a model; no random number is drawn."""
    from mmlesson.visualization.figures import probes
    from mmlesson.visualization.plots.plane import plane_grid

    scores = probes.probabilities(model, plane_grid(extent, GRID))
    layers = probes.hidden_layers(model, plane_grid(extent, NEURON_GRID))
    neurons = [
        (
            layer[:, :MOST_SHOWN].T.reshape(-1, NEURON_GRID, NEURON_GRID).astype(np.float16),
            layer.shape[1],
        )
        for layer in layers
    ]
    return scores.reshape(GRID, GRID, -1).astype(np.float16), neurons
