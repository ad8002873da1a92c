"""Frames of animations, stored in files so that a killed run keeps them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.runs.side_file import read_arrays, warn
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
        frames = _read_frames(self._folder)
        kept = [(at, frame) for at, frame in frames.items() if until is None or at <= until]
        self._kept: BoundedHistory[Frame] = BoundedHistory(max_frames, kept)
        self._written = set(frames)
        if until is not None:
            self._remove_dropped()

    def _file(self, moment: int) -> Path:
        return self._folder / f'{moment}.npz'

    def _remove_dropped(self) -> None:
        for moment in self._written.difference(self._kept.moments):
            self._file(moment).unlink(missing_ok=True)
        self._written.intersection_update(self._kept.moments)

    def is_due(self, moment: int) -> bool:
        """Return whether to store a frame at this moment."""
        due = self._kept.is_due(moment)
        self._remove_dropped()  # `is_due` may have dropped frames
        return due

    def add(self, moment: int, frame: Frame) -> None:
        """Store a frame; those of other arrays are left out from now on."""
        self.leave_out_others(frame)
        target = atomic_path(self._file(moment), flush=False)
        with target as temporary, temporary.open('wb') as file:
            np.savez(file, **frame)  # type: ignore[arg-type]  # their names are ours
        self._written.add(moment)
        self._kept.add(moment, frame)
        self._remove_dropped()

    def leave_out_others(self, frame: Frame) -> None:
        """Leave out the frames without the arrays of ``frame``: they are of another run.

        Their files are kept, and named in a warning.
        """
        kept = [(at, own) for at, own in self.items if set(_layout(own)) >= set(_layout(frame))]
        others = sorted(set(self._kept.moments).difference(at for at, _ in kept))
        if others:
            files = ', '.join(f'{at}.npz' for at in others[:3])
            more = f' and {len(others) - 3} more' if len(others) > 3 else ''
            warn(f'{self._folder}: {files}{more} left out: their arrays are not those of this run.')
            self._kept = BoundedHistory(self._kept.max_items, kept)
            self._written.difference_update(others)

    @property
    def items(self) -> list[tuple[int, Frame]]:
        """Pairs of a moment and its frame."""
        return list(zip(self._kept.moments, self._kept.items, strict=True))

    def __contains__(self, moment: int) -> bool:
        return moment in self._kept.moments

    def __len__(self) -> int:
        return len(self._kept)


def _read_frames(folder: Path) -> dict[int, Frame]:
    """Return the frames of a folder by their moments, in order; a damaged one is left out.

    So is one whose arrays have other names or shapes than most: it is of another run.
    """
    frames: dict[int, Frame] = {}
    for file in folder.glob('*.npz'):
        try:
            frames[_moment_of(file)] = _read_frame(file)
        except ValueError as err:
            warn(f'{file} is left out: {err}.')
    layouts = Counter(map(_layout, frames.values()))
    for at in sorted(frames):
        if _layout(frames[at]) != layouts.most_common(1)[0][0]:
            warn(f'{folder / f"{at}.npz"} is left out: its arrays are not those of other frames.')
            del frames[at]
    return dict(sorted(frames.items()))


def _moment_of(file: Path) -> int:
    moment = int(file.stem) if re.fullmatch(r'0|[1-9]\d{0,14}', file.stem) else None
    if moment is None:
        raise ValueError('its name is not the number of an epoch or iteration')
    return moment


def _read_frame(file: Path) -> Frame:
    frame = read_arrays(file)
    for name, values in frame.items():
        if values.dtype.kind not in 'fiub' or not np.isfinite(values).all():
            raise ValueError(f'{name!r} in it holds something else than finite numbers')
    return frame


def _layout(frame: Frame) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple(sorted((name, values.shape) for name, values in frame.items()))
