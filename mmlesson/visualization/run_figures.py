"""Figures and animations of a run, drawn one after the other while training continues."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.drawing_process import Job, new_drawers
from mmlesson.visualization.figures.animations import draw_animation
from mmlesson.visualization.figures.catalogue import FIGURES
from mmlesson.visualization.figures.context import FigureContext, NotApplicableError
from mmlesson.visualization.figures.frames import Frame


class RunFigures:
    """Computes what figures show, and has them drawn, see `new_drawers`.

    Args:
        folder: Output folder.
        formats: 'svg' for figures in addition to PNG; 'html', 'gif' and 'mp4' for animations.
        count: Number of figures and animations to expect.
        warn: Called with a message for each figure that fails, whatever error it raises.
    """

    def __init__(
        self, folder: Path, formats: Sequence[str], count: int, warn: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self._figure_formats = ('png', 'svg') if 'svg' in formats else ('png',)
        self._film_formats = tuple(kind for kind in formats if kind != 'svg')
        self._warn = warn
        self._drawers = new_drawers(count)

    def draw(self, name: str, context: FigureContext, *, step: int, optional: bool = False) -> bool:
        """Draw a figure; return whether it applies.

        Args:
            name: A key of `FIGURES`.
            context: Model, data and records of the run.
            step: Iteration that the figure shows.
            optional: Whether to leave out a figure that does not apply without a warning.
        """
        what = f'The figure {name} was not drawn'
        try:
            drawings = FIGURES[name](context)
        except NotApplicableError as err:
            if not optional:
                self._fail(what, err)
        except Exception as err:  # training continues whatever error a figure raises
            self._fail(what, err)
        else:
            for file, drawing in drawings.items():
                self._submit(what, drawing, file, self._figure_formats, step)
            return True
        return False

    def animate(
        self, name: str, context: FigureContext, frames: Sequence[tuple[int, Frame]], *, step: int
    ) -> None:
        """Draw an animation, see `draw_animation`."""
        what = f'The animation {name} was not drawn'
        try:
            drawing = draw_animation(name, context, frames)
        except Exception as err:
            self._fail(what, err)
        else:
            self._submit(what, drawing, f'{name}_film', self._film_formats, step)

    def _submit(
        self, what: str, drawing: Drawing, file: str, formats: tuple[str, ...], step: int
    ) -> None:
        job = Job(what, drawing, self.folder / file, formats, step)
        min(self._drawers, key=len).submit(job)

    def _fail(self, what: str, err: Exception) -> None:
        self._warn(f'{what}: {type(err).__name__}: {err}')

    def hurry(self) -> None:
        """Draw with the priority of training, which has ended."""
        for drawer in self._drawers:
            drawer.hurry()

    def finish(self) -> Iterator[Job]:
        """Wait until everything is drawn; yield what was written."""
        for job, error in chain.from_iterable(drawer.finish() for drawer in self._drawers):
            if error is None:
                yield job
            else:
                self._warn(f'{job.what}: {error}')

    def close(self) -> None:
        """End the processes that draw."""
        for drawer in self._drawers:
            drawer.close()
