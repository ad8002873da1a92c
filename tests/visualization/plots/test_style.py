import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.fonts import drawable_text
from mmlesson.visualization.plots.style import (
    PALETTE,
    STYLE,
    class_colors,
    new_figure,
    save_figure,
    set_title,
    styled,
)


def test_settings_hold_while_drawing_and_are_restored():
    before = matplotlib.rcParams['font.size']

    @styled
    def draw():
        return matplotlib.rcParams['font.size']

    with matplotlib.rc_context({'font.size': 33}):
        assert draw() == STYLE['font.size']
        assert matplotlib.rcParams['font.size'] == 33
    assert matplotlib.rcParams['font.size'] == before


def test_figure_has_the_requested_axes():
    figure, axes = new_figure(2, 3, width=5, height=4)
    assert axes.shape == (2, 3)
    assert figure.get_size_inches().tolist() == [5, 4]


def test_long_title_is_wrapped_to_the_width():
    figure, _ = new_figure(width=4)
    set_title(figure, 'word ' * 30)
    lines = figure.get_suptitle().split('\n')
    assert len(lines) > 2
    assert max(map(len, lines)) <= 40


def test_first_ten_classes_have_the_colours_of_the_palette():
    colors = class_colors(12)
    np.testing.assert_allclose(colors[0], matplotlib.colors.to_rgb(PALETTE[0]))
    np.testing.assert_array_equal(class_colors(3), colors[:3])


def test_hundred_classes_have_hundred_colours():
    colors = class_colors(100)
    assert colors.min() >= 0
    assert colors.max() <= 1
    assert len({tuple(color) for color in colors.round(6)}) == 100


@pytest.fixture
def figure():
    made = Figure()
    made.subplots().plot([1, 2], [3, 4])
    return made


def test_figure_is_written_as_png_and_svg(figure, tmp_path):
    files = save_figure(figure, tmp_path / 'new' / 'plot.png')
    assert files == [tmp_path / 'new/plot.png', tmp_path / 'new/plot.svg']
    assert files[0].read_bytes().startswith(b'\x89PNG')
    assert b'<svg' in files[1].read_bytes()


def test_same_figure_gives_the_same_svg(figure, tmp_path):
    first, second = (save_figure(figure, tmp_path / name, ('svg',))[0] for name in 'ab')
    assert first.read_bytes() == second.read_bytes()


def test_undrawable_characters_are_replaced_in_both_kinds_of_legend():
    @styled
    def draw():
        figure, axes = new_figure()
        axes[0, 0].plot([1, 2], label='a\U0010fffd')
        axes[0, 0].legend()
        figure.legend()
        return figure

    figure = draw()
    texts = [
        text.get_text()
        for text in (*figure.axes[0].get_legend().get_texts(), *figure.legends[0].get_texts())
    ]
    assert texts == [drawable_text('a\U0010fffd')] * 2
    assert '\U0010fffd' not in texts[0]


def test_title_of_two_lines_is_broken_after_a_phrase():
    figure = Figure(figsize=(6.4, 4))
    set_title(
        figure, 'fit_over, epoch 100: confusion matrix, test split: 136 of 160 correct (85.0 %)'
    )
    assert figure.get_suptitle().splitlines() == [
        'fit_over, epoch 100: confusion matrix, test split:',
        '136 of 160 correct (85.0 %)',
    ]


def test_values_that_matplotlib_cannot_draw_are_one_line(tmp_path):
    figure = Figure()
    figure.subplots().plot([0, 1], [-1e308, 1e308])
    with np.errstate(all='ignore'), pytest.raises(ArgumentError, match='matplotlib cannot draw it'):
        save_figure(figure, tmp_path / 'a')
    assert list(tmp_path.iterdir()) == []
