"""`Drawing`: a call of a plot function that is made later, or in another process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmlesson import visualization


class Drawing:
    """A plot function and its arguments, which are plain data and arrays.

    Why it is here: what a figure shows is computed from the model, where the model is; drawing
    needs only arrays, so that it can be done by a process that imports neither torch nor the model.

    Args:
        plot: Name of a function of `mmlesson.visualization` that returns a figure or an animation.
        args: Its positional arguments.
        kwargs: Its keyword arguments.

    Example:
        >>> Drawing('draw_class_bars', [[3, 1], [0, 4]], title='Errors').draw().get_suptitle()
        'Errors'
    """

    def __init__(self, plot: str, /, *args: Any, **kwargs: Any) -> None:
        self.plot, self.args, self.kwargs = plot, args, kwargs

    def draw(self) -> Any:
        """Return the matplotlib ``Figure``, or the `Animation`."""
        return getattr(visualization, self.plot)(*self.args, **self.kwargs)

    def save(self, path: Path, formats: Sequence[str]) -> list[Path]:
        """Draw, and write the files ``path`` with each of the formats as its ending.

        Args:
            path: Output file without extension.
            formats: 'png' and 'svg' of a figure; 'html', 'gif' and 'mp4' of an animation.

        Returns:
            The files written.
        """
        drawn = self.draw()
        if isinstance(drawn, visualization.Animation):
            return drawn.save(path, formats)
        return visualization.save_figure(drawn, path, formats)
