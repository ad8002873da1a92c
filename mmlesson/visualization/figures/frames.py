"""Frames of animations, stored in files so that a killed run keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.utils.atomic_file import atomic_path
from mmlesson.utils.bounded_history import BoundedHistory

FOLDER = 'film_snapshots'

Frame = dict[str, npt.NDArray[Any]]


class FrameStore:
    """Frames from evenly spaced moments of training, stored in one file each.

    Args:
        run: The run's work_dir; the files are in its ``film_snapshots/<animation>``.
        animation: Name of the animation.
        max_frames: Maximum number of frames.
        until: Moment from which the run is resumed; later frames are removed, because the resumed
            run replaces them. None to read all frames.
    """

    def __init__(
        self, run: Path, animation: str, max_frames: int, until: int | None = None
    ) -> None:
        self._folder = run / FOLDER / animation
        there = sorted(int(file.stem) for file in self._folder.glob('*.npz'))
        kept = [at for at in there if until is None or at <= until]
        self._kept: BoundedHistory[Frame] = BoundedHistory(
            max_frames, [(at, self._read(at)) for at in kept]
        )
        if until is not None:
            self._remove_dropped()

    def _file(self, moment: int) -> Path:
        return self._folder / f'{moment}.npz'

    def _read(self, moment: int) -> Frame:
        with np.load(self._file(moment), allow_pickle=False) as arrays:
            return dict(arrays)

    def _remove_dropped(self) -> None:
        for file in self._folder.glob('*.npz'):
            if int(file.stem) not in self._kept.moments:
                file.unlink()

    def is_due(self, moment: int) -> bool:
        """Return whether to store a frame at this moment."""
        due = self._kept.is_due(moment)
        self._remove_dropped()  # `is_due` may have dropped frames
        return due

    def add(self, moment: int, frame: Frame) -> None:
        """Store a frame."""
        with atomic_path(self._file(moment)) as temporary, temporary.open('wb') as file:
            np.savez_compressed(file, **frame)  # type: ignore[arg-type]  # no name is an option
        self._kept.add(moment, frame)
        self._remove_dropped()

    @property
    def items(self) -> list[tuple[int, Frame]]:
        """Pairs of a moment and its frame."""
        return list(zip(self._kept.moments, self._kept.items, strict=True))

    def __contains__(self, moment: int) -> bool:
        return moment in self._kept.moments

    def __len__(self) -> int:
        return len(self._kept)
