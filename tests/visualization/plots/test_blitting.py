import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmlesson.visualization.plots.blitting import DPI, StaticBackground


def make():
    figure = Figure(figsize=(3, 2), layout='constrained')
    axes = figure.subplots()
    (line,) = axes.plot([0, 1], [0, 1])
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel='x')
    return figure, axes, line


def drawn_whole(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def test_frames_equal_the_complete_figure():
    figure, _, line = make()
    background = StaticBackground(figure)
    for height in (0.2, 0.5, 0.9):
        line.set_ydata([0, height])
        frame = background.draw().copy()
        np.testing.assert_array_equal(frame, drawn_whole(figure))
    assert frame.shape == (2 * DPI, 3 * DPI, 3)


def test_changed_tick_labels_are_drawn_again():
    figure, axes, _ = make()
    background = StaticBackground(figure)
    background.draw()
    background.draw()
    axes.set_xlim(0, 50)
    np.testing.assert_array_equal(background.draw(), drawn_whole(figure))


def test_parts_are_visible_again_after_a_frame():
    figure, axes, _ = make()
    background = StaticBackground(figure)
    for _ in range(3):
        background.draw()
    assert axes.patch.get_visible()
    assert not axes.xaxis.get_animated()
