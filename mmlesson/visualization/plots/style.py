"""Style of all figures: size, fonts and colours, and writing figures to files.

Figures are created without pyplot: there is no global state, and no window or display is needed.
The style applies only while a function draws, so the settings of a notebook are unchanged.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from mmlesson.errors import ArgumentError
from mmlesson.utils.atomic_file import atomic_path
from mmlesson.visualization.plots.fonts import drawable_text, font_families, wrap

WIDTH = 6.4  # inches, the text width of a page, so that figures are printed unscaled
HEIGHT = 4.4
INK = '#222222'
MUTED = '#6b6b6b'
TRAIN = '#3f90da'
VAL = '#bd1f01'
DIVERGING = 'RdBu_r'  # colour-blind safe; white is zero
SEQUENTIAL = 'cividis'  # colour-blind safe; lightness increases evenly, also in grey print

# Petroff (2021), arXiv:2107.02270: ten colours chosen for contrast under colour blindness.
PALETTE = (
    '#3f90da', '#ffa90e', '#bd1f01', '#94a4a2', '#832db6',
    '#a96b59', '#e76300', '#b9ac70', '#717581', '#92dadd',
)  # fmt: skip

# Mark of the weights that a run ended with, if they are not those of the last epoch.
FINAL: dict[str, Any] = {'color': INK, 'markeredgecolor': 'white', 'linestyle': '', 'marker': '*'}

STYLE = {
    'figure.dpi': 100,
    'savefig.dpi': 150,
    'figure.facecolor': 'white',
    'axes.facecolor': 'white',
    'font.size': 11,
    'figure.titlesize': 12.5,
    'axes.titlesize': 11,
    'axes.labelsize': 11,
    'xtick.labelsize': 10,
    'ytick.labelsize': 10,
    'legend.fontsize': 10,
    'legend.frameon': False,
    'text.color': INK,
    'axes.edgecolor': MUTED,
    'axes.labelcolor': INK,
    'xtick.color': INK,
    'ytick.color': INK,
    'axes.grid': False,
    'grid.color': '#d9d9d9',
    'grid.linewidth': 0.7,
    'axes.axisbelow': True,
    'axes.spines.top': False,
    'axes.spines.right': False,
    'lines.linewidth': 1.8,
    'text.parse_math': False,  # a class may be called 'US$'
    'svg.hashsalt': 'mmlesson',  # the same figure gives the same file
    'svg.fonttype': 'path',  # looks the same where the font is missing
}

P = ParamSpec('P')
R = TypeVar('R')


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function to draw in this style, and restore the settings when it returns.

    Characters that no installed font has are replaced in each text of the figure.
    """

    @functools.wraps(draw)
    def draw_in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context({**STYLE, 'font.family': list(font_families())}):
            drawn = draw(*args, **kwargs)
        if isinstance(drawn, Figure):
            for text in _texts_of(drawn):
                text.set_text(drawable_text(text.get_text()))
        return drawn

    return draw_in_style


def _texts_of(figure: Figure) -> Iterator[Text]:
    """Yield titles, labels, legend entries and notes; class names on ticks are drawable already."""
    yield from figure.texts
    for axes in figure.axes:
        yield from (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts)
    for legend in (*figure.legends, *(axes.get_legend() for axes in figure.axes)):
        yield from legend.get_texts() if legend else ()


class InlineFigure(Figure):
    """A figure that a notebook shows, also without pyplot."""

    def _repr_png_(self) -> bytes:
        stream = BytesIO()
        self.savefig(stream, format='png', dpi=100)
        return stream.getvalue()


def new_figure(
    rows: int = 1,
    columns: int = 1,
    *,
    width: float = WIDTH,
    height: float = HEIGHT,
    grid: bool = True,
    share_x: bool = False,
    widths: Sequence[float] | None = None,
) -> tuple[Figure, npt.NDArray[Any]]:
    """Return an empty figure and its axes, (rows, columns); sizes in inches.

    Call it within a `styled` function.

    Args:
        rows: Number of rows of axes.
        columns: Number of columns of axes.
        width: Width of the figure.
        height: Height of the figure.
        grid: Whether to draw grid lines.
        share_x: Whether the axes of a column share the x axis.
        widths: Relative widths of the columns; equal if None.
    """
    figure = InlineFigure(figsize=(width, height), layout='constrained')
    axes = figure.subplots(rows, columns, squeeze=False, sharex=share_x, width_ratios=widths)
    for panel in axes.flat:
        if grid:  # off otherwise; turning it off would create ticks
            panel.grid(True)
        # Ticks created at drawing time read these settings when the style no longer applies.
        panel.tick_params(labelsize=STYLE['xtick.labelsize'], labelcolor=INK)
    return figure, axes


def set_title(figure: Figure, title: str) -> None:
    """Set the title of the figure, wrapped to as many lines as it needs, if possible by phrases."""
    letters = int(figure.get_size_inches()[0] * 10)
    lines = [line for part in title.split('\n') for line in _phrases(part, letters)]
    figure.suptitle(drawable_text('\n'.join(lines)))


def _phrases(text: str, letters: int) -> list[str]:
    """Return a text in lines: two that end with a phrase, if that is possible."""
    lines = wrap(text, letters)
    ends = [match.end() for match in re.finditer('[:;,] ', text)] if len(lines) == 2 else []
    for end in reversed(ends):
        parts = [*wrap(text[:end], letters), *wrap(text[end:], letters)]
        if len(parts) == 2:
            return parts
    return lines


def class_colors(num_classes: int) -> npt.NDArray[np.float64]:
    """Return a fixed colour for each class, (num_classes, 3) RGB in [0, 1].

    From the eleventh class on, the ten colours are repeated in alternately darker and lighter
    shades; a figure with that many classes must also show their numbers.
    """
    colors = np.array([to_rgb(PALETTE[label % 10]) for label in range(num_classes)])
    turn = np.arange(num_classes)[:, None] // 10
    strength = np.minimum(0.3 + 0.1 * (np.maximum(turn - 1, 0) // 2), 0.7)
    toward = (turn % 2 == 0).astype(float)  # white for even turns, black for odd ones
    mixed: npt.NDArray[np.float64] = np.where(
        turn == 0, colors, colors + strength * (toward - colors)
    )
    return mixed


def save_figure(
    figure: Figure, path: str | Path, kinds: Sequence[str] = ('png', 'svg')
) -> list[Path]:
    """Write a figure as PNG and as SVG, atomically.

    The SVG of a figure is reproducible byte for byte: it contains no date and no random names.

    Args:
        figure: Figure to write.
        path: Output file without extension; the folder is created if it does not exist.
        kinds: File formats.

    Returns:
        The files written.

    Raises:
        ArgumentError: If its values are too large or too small to be drawn.
    """
    path = Path(path)
    stem = path.name.removesuffix('.png').removesuffix('.svg')
    files = []
    with matplotlib.rc_context({**STYLE, 'font.family': list(font_families())}):
        for kind in kinds:
            file = path.with_name(f'{stem}.{kind}')
            with atomic_path(file, flush=False) as temporary:
                metadata = {'Date': None} if kind == 'svg' else {}
                try:
                    figure.savefig(temporary, format=kind, metadata=metadata)
                except (ValueError, OverflowError) as err:  # of axes around 1e308, for example
                    raise ArgumentError(f'{file}: matplotlib cannot draw it ({err}).') from err
            files.append(file)
    return files
