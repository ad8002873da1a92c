"""`LessonVisualizer`: passes figures and scalars to every back end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mmengine.dist import master_only
from mmengine.visualization import LocalVisBackend, Visualizer

from mmlesson.registry import VISUALIZERS
from mmlesson.visualization.plots.style import save_figure


@VISUALIZERS.register_module()
class LessonVisualizer(Visualizer):
    """mmengine's ``Visualizer``, which draws on pixels, taught to take matplotlib figures.

    A figure becomes a PNG and an SVG in a folder, and an image of the same name in every back end
    (TensorBoard, WandB, MLflow, …) but the local one, whose folder has it already. No window opens.

    Args:
        name: Of the instance; mmengine keeps one visualizer under each.
        vis_backends: Back ends, in mmengine's form.
        save_dir: Folder of this start of the run, which the runner gives.
    """

    def __init__(
        self,
        name: str = 'visualizer',
        vis_backends: Sequence[Any] | dict[str, Any] | None = None,
        save_dir: str | None = None,
    ) -> None:
        super().__init__(name=name, vis_backends=vis_backends, save_dir=save_dir)
        self._save_dir = save_dir

    @master_only
    def add_figure(
        self, name: str, figure: Figure, step: int = 0, folder: str | Path | None = None
    ) -> list[Path]:
        """Write a figure, and show it in the back ends.

        Args:
            name: Of its files and of the image.
            figure: Any figure of matplotlib.
            step: When; back ends show the steps of an image in turn.
            folder: Where the files go; ``figures`` beside ``vis_data`` if None.

        Returns:
            The files written.
        """
        folder = Path(folder or Path(self._save_dir or '.') / 'figures')
        files = save_figure(figure, folder / name)
        others = [
            writer for writer in self._vis_backends.values() if type(writer) is not LocalVisBackend
        ]
        if others:
            pixels = to_pixels(figure)
            for backend in others:
                backend.add_image(name, pixels, step=step)
        return files


def to_pixels(figure: Figure) -> np.ndarray[Any, Any]:
    """Return a figure as RGB, (height, width, 3) uint8."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
