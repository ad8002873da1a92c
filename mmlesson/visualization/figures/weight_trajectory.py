"""Trajectory of the weights during training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mmlesson.runs.side_file import is_file, read_arrays, warn
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
        self._written: list[int] = []  # moments in the file

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
        self._written = []  # also if this moment had other weights before

    @property
    def points(self) -> npt.NDArray[np.float64]:
        """The weights at each moment, (T, parameters) float64."""
        return np.array(self._kept.items, dtype=float)

    @property
    def moments(self) -> list[int]:
        """Iteration of each moment."""
        return list(self._kept.moments)

    def __len__(self) -> int:
        return len(self._kept)

    def save(self, run: Path) -> None:
        """Write the trajectory into a run's folder, if it has changed since the last time.

        In a long run, few of the epochs add a point.
        """
        if self.moments == self._written:
            return
        target = atomic_path(run / FILE_NAME, flush=False)  # written with each checkpoint
        with target as temporary, temporary.open('wb') as file:
            np.savez(
                file,
                iterations=np.array(self._kept.moments),
                weights=np.array(self._kept.items),
            )
        self._written = self.moments

    @classmethod
    def load(
        cls, run: Path, until: int | None = None, model: nn.Module | None = None
    ) -> WeightTrajectory | None:
        """Return the path that a run has left.

        Args:
            run: The run's work_dir.
            until: Last iteration to read; None for all.
            model: Model of the run, whose number of parameters the path must have.

        Returns:
            The path; None if the run has left none, or one that is damaged or of another model,
            which is logged. Points that are not finite are left out.
        """
        file = run / FILE_NAME
        if not is_file(file):
            return None
        count = None if model is None else sum(p.numel() for p in model.parameters())
        try:
            iterations, weights = _read(file, count)
        except ValueError as err:
            warn(f'{file} is left out: {err}.')
            return None
        kept = [
            (at, point)
            for at, point in zip(iterations.tolist(), weights, strict=True)
            if (until is None or at <= until) and np.isfinite(point).all()
        ]
        return cls(BoundedHistory(_room(weights.shape[1]), kept))


def _read(
    file: Path, parameters: int | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return iterations (T,) and weights (T, parameters); raise `ValueError` for other content."""
    arrays = read_arrays(file)
    if not {'iterations', 'weights'} <= arrays.keys():
        raise ValueError("it lacks the array 'iterations' or 'weights'")
    iterations, weights = arrays['iterations'], arrays['weights']
    if (
        iterations.dtype.kind not in 'iu'
        or iterations.ndim != 1
        or (iterations < 0).any()
        or (iterations[1:] <= iterations[:-1]).any()  # a difference of unsigned numbers is >= 0
    ):
        raise ValueError("its 'iterations' are not whole numbers that grow")
    if weights.dtype.kind != 'f' or weights.ndim != 2 or len(weights) != len(iterations):
        raise ValueError("its 'weights' are not a vector of floats for each iteration")
    if parameters is not None and weights.shape[1] != parameters:
        raise ValueError(f'it is of {weights.shape[1]} weights, and the model has {parameters}')
    with np.errstate(over='ignore'):  # what no float32 holds becomes infinite
        return iterations, weights.astype(np.float32)


def _room(parameters: int) -> int:
    """Return the maximum number of moments for a number of parameters."""
    return max(min(MAX_NUMBERS // max(parameters, 1), MAX_POINTS), 2)
