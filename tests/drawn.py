"""What a drawn figure shows."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmlesson.visualization.drawing import Drawing


def is_blank(figure: Figure) -> bool:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    return bool((pixels == pixels[0, 0]).all())


def draw_only(figures: dict[str, Drawing]) -> Figure:
    """Return the figure where there is one."""
    (drawing,) = figures.values()
    return drawing.draw()
