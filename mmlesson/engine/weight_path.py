"""Where the optimizer has been: the weights at some moments of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mmlesson.visualization.files import whole_file
from mmlesson.visualization.thinning import Thinned

FILE_NAME = 'weight_path.npz'
MAX_POINTS = 150


class WeightPath:
    """All parameters of a model in one vector, at evenly spaced moments of its training.

    Args:
        max_points: How many moments to keep at most.
    """

    def __init__(self, max_points: int = MAX_POINTS) -> None:
        self._kept: Thinned[tuple[int, npt.NDArray[np.float64]]] = Thinned(max_points)

    def add(self, model: nn.Module, iteration: int, last: bool = False) -> None:
        """Note where the model is, if this moment is one to keep; the last one always is."""
        if not self._kept.is_due() and not last:
            return
        if self._kept.items and self._kept.items[-1][0] == iteration:
            return
        flat = torch.cat([p.detach().reshape(-1).cpu() for p in model.parameters()])
        self._kept.add((iteration, flat.numpy().astype(np.float32)))

    @property
    def points(self) -> npt.NDArray[np.float64]:
        """The weights at each moment, (T, parameters) float64."""
        return np.array([weights for _, weights in self._kept.items], dtype=float)

    def __len__(self) -> int:
        return len(self._kept)

    def save(self, run: Path) -> None:
        """Write the path into a run's folder."""
        iterations = [iteration for iteration, _ in self._kept.items]
        weights = [weights for _, weights in self._kept.items]
        with whole_file(run / FILE_NAME) as temporary, temporary.open('wb') as file:
            np.savez(file, iterations=np.array(iterations), weights=np.array(weights))

    @classmethod
    def load(cls, run: Path, until: int | None = None) -> WeightPath | None:
        """Return the path that a run has left, up to an iteration; None if it has left none."""
        file = run / FILE_NAME
        if not file.is_file():
            return None
        path = cls()
        with np.load(file, allow_pickle=False) as arrays:
            for iteration, weights in zip(arrays['iterations'], arrays['weights'], strict=True):
                if until is None or iteration <= until:
                    path._kept.add((int(iteration), weights))
        return path
