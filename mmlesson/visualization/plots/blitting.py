"""Fast redrawing of a figure whose background stays the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

Pixels = npt.NDArray[np.uint8]
DPI = 100


class StaticBackground:
    """Cache of ticks, axis labels and legends, which rarely change and are slow to draw.

    They are drawn once and reused until one of them changes; the rest is drawn each time.

    Args:
        figure: Figure to draw repeatedly; its layout is fixed, so that only the content changes.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        FigureCanvasAgg(figure)
        figure.set_dpi(DPI)
        figure.draw_without_rendering()
        figure.set_layout_engine('none')
        self._parts: list[Artist] = []
        self._background: Any = None

    def draw(self) -> Pixels:
        """Return the current figure as RGB, (H, W, 3)."""
        canvas: Any = self.figure.canvas
        for axes in self.figure.axes:
            axes.get_xlim()  # applies pending limits, which marks the ticks as changed
        parts: list[Artist] = [
            part for axes in self.figure.axes for part in (axes.xaxis, axes.yaxis)
        ]
        parts += self.figure.legends
        if parts != self._parts or any(part.stale for part in parts):
            self._parts, self._background = parts, None
            canvas.draw()
        else:
            self._draw_rest(canvas)
        pixels: Pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        return pixels

    def _draw_rest(self, canvas: Any) -> None:
        renderer = canvas.get_renderer()
        patches = [self.figure.patch, *(axes.patch for axes in self.figure.axes)]
        if self._background is None:
            renderer.clear()
            for part in (*patches, *self._parts):
                part.draw(renderer)
            self._background = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self._background)
        self._show(False, patches)
        try:
            self.figure.draw(renderer)
        finally:
            self._show(True, patches)

    def _show(self, shown: bool, patches: list[Any]) -> None:
        for part in self._parts:
            part.set_animated(not shown)  # these are not drawn; invisible ones would become stale
        for patch in patches:
            patch.set_visible(shown)
