"""`LessonVisualizer`: passes figures and scalars to every back end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from mmengine.dist import master_only
from mmengine.visualization import LocalVisBackend, Visualizer
from PIL import Image

from mmlesson.registry import VISUALIZERS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGE_FIGURE = ('fig_save_canvas', 'fig_save', 'ax_save', 'dpi')
"""Attributes of mmengine's figure for drawing on images."""


@VISUALIZERS.register_module()
class LessonVisualizer(Visualizer):
    """mmengine's ``Visualizer``, extended to accept matplotlib figures.

    A figure is written as PNG and SVG to a folder, and sent as an image of the same name to every
    back end (TensorBoard, WandB, MLflow, …) except the local one, which would repeat the files.
    No window opens. mmengine's figure for drawing on images is created when it is first used, since
    it imports matplotlib, and a process that has not imported it draws in other processes, see
    `new_drawers`.

    Args:
        name: Name of the instance; mmengine keeps one visualizer per name.
        vis_backends: Configs of the back ends, as in mmengine.
        save_dir: Folder of this start of the run; set by the runner.
    """

    def __init__(
        self,
        name: str = 'visualizer',
        vis_backends: Sequence[Any] | dict[str, Any] | None = None,
        save_dir: str | None = None,
    ) -> None:
        super().__init__(name=name, vis_backends=vis_backends, save_dir=save_dir)
        self._save_dir = save_dir
        for attribute in IMAGE_FIGURE:
            delattr(self, attribute)

    def _initialize_fig(self, fig_cfg: Any) -> tuple[Any, Any, Any]:
        """Create no figure yet, see `__getattr__`; mmengine asks for its resolution."""
        return None, SimpleNamespace(get_dpi=lambda: None), None

    def __getattr__(self, name: str) -> Any:
        """Create mmengine's figure for drawing on images when it is first used."""
        if name not in IMAGE_FIGURE:
            raise AttributeError(f'{type(self).__name__!r} object has no attribute {name!r}')
        canvas, figure, axes = super()._initialize_fig(self.fig_save_cfg)
        self.fig_save_canvas, self.fig_save, self.ax_save = canvas, figure, axes
        self.dpi = figure.get_dpi()
        return vars(self)[name]

    @master_only
    def add_figure(
        self, name: str, figure: Figure, step: int = 0, folder: str | Path | None = None
    ) -> list[Path]:
        """Write a figure and send it to the back ends.

        Args:
            name: Name of the files and of the image.
            figure: Any matplotlib figure.
            step: Step at which back ends show the image.
            folder: Output folder; ``figures`` beside ``vis_data`` if None.

        Returns:
            The files written.
        """
        from mmlesson.visualization import save_figure  # imports matplotlib

        folder = Path(folder or Path(self._save_dir or '.') / 'figures')
        files = save_figure(figure, folder / name)
        self.add_figure_file(name, files[0], step)
        return files

    @master_only
    def add_figure_file(self, name: str, file: Path, step: int = 0) -> None:
        """Send a figure that has been written to the back ends.

        Args:
            name: Name of the image.
            file: PNG file.
            step: Step at which back ends show the image.
        """
        others = [
            writer for writer in self._vis_backends.values() if type(writer) is not LocalVisBackend
        ]
        if others:
            with Image.open(file) as image:
                pixels = np.asarray(image.convert('RGB'))
            for backend in others:
                backend.add_image(name, pixels, step=step)
