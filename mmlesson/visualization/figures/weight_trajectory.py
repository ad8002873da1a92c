"""Trajectory of the weights during training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mmlesson.utils.atomic_file import atomic_path
from mmlesson.utils.bounded_history import BoundedHistory

FILE_NAME = 'weight_path.npz'
MAX_POINTS = 150
MIN_POINTS = 10
MAX_NUMBERS = 2_000_000  # values of all points together: 8 MB, written with each checkpoint

Kept = BoundedHistory[npt.NDArray[np.float32]]


class WeightTrajectory:
    """Parameters of a model as one vector, at evenly spaced moments of training.

    Fewer moments are kept for larger models, and none above 200,000 parameters.

    Args:
        kept: Moments from an earlier start of the run, or None.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept: Kept = BoundedHistory(MAX_POINTS) if kept is None else kept

    @classmethod
    def of(cls, model: nn.Module) -> WeightTrajectory | None:
        """Return an empty trajectory for a model; None if the model is too large."""
        most = _room(sum(p.numel() for p in model.parameters()))
        return cls(BoundedHistory(most)) if most >= MIN_POINTS else None

    def add(self, model: nn.Module, iteration: int, last: bool = False) -> None:
        """Record the weights if this moment is due or the last one."""
        if not self._kept.is_due(iteration) and not last:
            return
        flat = torch.cat([p.detach().reshape(-1).cpu() for p in model.parameters()])
        self._kept.add(iteration, flat.numpy().astype(np.float32))

    @property
    def points(self) -> npt.NDArray[np.float64]:
        """The weights at each moment, (T, parameters) float64."""
        return np.array(self._kept.items, dtype=float)

    def __len__(self) -> int:
        return len(self._kept)

    def save(self, run: Path) -> None:
        """Write the trajectory into a run's folder."""
        with atomic_path(run / FILE_NAME) as temporary, temporary.open('wb') as file:
            np.savez(
                file,
                iterations=np.array(self._kept.moments),
                weights=np.array(self._kept.items),
            )

    @classmethod
    def load(cls, run: Path, until: int | None = None) -> WeightTrajectory | None:
        """Return the trajectory stored in a run, up to an iteration; None if there is none."""
        file = run / FILE_NAME
        if not file.is_file():
            return None
        with np.load(file, allow_pickle=False) as arrays:
            moments = zip(arrays['iterations'].tolist(), arrays['weights'], strict=True)
            kept = [(at, weights) for at, weights in moments if until is None or at <= until]
            return cls(BoundedHistory(_room(arrays['weights'].shape[-1]), kept))


def _room(parameters: int) -> int:
    """Return the maximum number of moments for a number of parameters."""
    return max(min(MAX_NUMBERS // max(parameters, 1), MAX_POINTS), 2)
