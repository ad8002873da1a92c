"""What is drawn, as numbers on the axes, against what was put in."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots import fonts, style
from mmlesson.visualization.plots.confusion import draw_class_bars, draw_confusion_matrix
from mmlesson.visualization.plots.decision_regions import (
    DecisionRegions,
    boundaries,
    draw_decision_regions,
    plane_grid,
    shade,
)
from mmlesson.visualization.plots.fonts import drawable_names, letters_of, wrap
from mmlesson.visualization.plots.learning_curves import (
    draw_learning_curves,
    draw_run_comparison,
    mean_and_band,
)
from mmlesson.visualization.plots.loss_surface import draw_loss_surface
from mmlesson.visualization.plots.perceptron import draw_perceptron_lines
from mmlesson.visualization.plots.style import class_colors

EXTENT = (-2.0, 2.0, -1.0, 1.0)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close('all')


def is_blank(figure) -> bool:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    return bool((pixels == pixels[0, 0]).all())


def logistic(weight, bias, size=80):
    score = plane_grid(EXTENT, size) @ np.asarray(weight) + bias
    one = 1 / (1 + np.exp(-score))
    return np.stack([1 - one, one], -1).reshape(size, size, 2)


def test_boundary_of_a_linear_model_is_its_line_within_a_cell():
    (w1, w2), b = (1.5, -2.0), 0.4
    points = np.concatenate(boundaries(logistic((w1, w2), b), EXTENT))
    line = -(w1 * points[:, 0] + b) / w2
    assert len(points) > 20
    assert np.abs(points[:, 1] - line).max() < 2 / 80  # the height of a cell


def test_cells_are_numbered_from_the_lower_left():
    grid = plane_grid(EXTENT, 4).reshape(4, 4, 2)
    np.testing.assert_allclose(grid[0, 0], [-1.5, -0.75])
    np.testing.assert_allclose(grid[0, 3], [1.5, -0.75])
    np.testing.assert_allclose(grid[3, 0], [-1.5, 0.75])


def test_a_surer_cell_is_further_from_white():
    colors = shade(np.array([[[0.5, 0.5], [0.3, 0.7], [0.01, 0.99]]]))
    from_white = (1 - colors[0]).sum(-1)
    assert from_white[0] < from_white[1] < from_white[2]


def test_regions_show_every_point_once():
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(30, 2)), rng.integers(0, 2, 30)
    val_inputs, val_labels = rng.normal(size=(11, 2)), rng.integers(0, 2, 11)
    figure = draw_decision_regions(
        logistic((1, 1), 0), inputs, labels, val_inputs, val_labels, extent=EXTENT
    )
    drawn = np.concatenate([one.get_offsets() for one in figure.axes[0].collections])
    for point in (*inputs, *val_inputs):
        assert (np.abs(drawn - point).max(1) < 1e-6).sum() == 1
    assert not is_blank(figure)


def test_points_have_the_colour_of_their_class_and_wrong_ones_an_outline():
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(30, 2)), np.arange(30) % 3
    val_inputs, val_labels = rng.normal(size=(12, 2)), np.arange(12) % 3
    predicted, val_predicted = labels.copy(), val_labels.copy()
    predicted[:4], val_predicted[5:7] = (labels[:4] + 1) % 3, (val_labels[5:7] + 1) % 3
    regions = DecisionRegions(inputs, labels, val_inputs, val_labels, num_classes=3)
    grid = rng.dirichlet(np.ones(3), (20, 20))
    regions.update(grid, predicted, val_predicted)
    _, train, val = regions.axes.collections
    for scatter, expected, wrong in ((train, labels, range(4)), (val, val_labels, (5, 6))):
        colors = scatter.get_facecolors()[:, :3]
        for number, color in enumerate(class_colors(3)):
            same = np.isclose(colors, color).all(1)
            np.testing.assert_array_equal(np.flatnonzero(same), np.flatnonzero(expected == number))
        widths = scatter.get_linewidths()
        assert list(np.flatnonzero(widths == max(widths))) == list(wrong)
    assert train.get_paths()[0].vertices.shape != val.get_paths()[0].vertices.shape  # two markers


@pytest.fixture
def without_chinese(monkeypatch):
    """Draw as on a machine without a Chinese font."""
    for module in (fonts, style):
        monkeypatch.setattr(module, 'font_families', lambda: (fonts.LATIN,))
    fonts._warn_of_missing.cache_clear()


@pytest.fixture
def chinese_font(monkeypatch, tmp_path):
    """Draw as on a machine with a Chinese font: one that has a square for each character."""
    builder = FontBuilder(1000, isTTF=True)
    pen = TTGlyphPen(None)
    for step, point in enumerate([(50, 0), (950, 0), (950, 900), (50, 900)]):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    characters = '手写数字识别'
    names = ['.notdef', *(f'uni{ord(char):04X}' for char in characters)]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): f'uni{ord(c):04X}' for c in characters})
    square = pen.glyph()
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 50)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({'familyName': 'Squares', 'styleName': 'Regular'})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / 'squares.ttf')
    entries = list(fonts.font_manager.fontManager.ttflist)
    monkeypatch.setattr(fonts.font_manager.fontManager, 'ttflist', entries)
    fonts.font_manager.fontManager.addfont(tmp_path / 'squares.ttf')
    for module in (fonts, style):
        monkeypatch.setattr(module, 'font_families', lambda: (fonts.LATIN, 'Squares'))


def test_names_that_no_font_can_draw_are_numbers_and_it_is_said_once(without_chinese, monkeypatch):
    said = []
    monkeypatch.setattr('mmengine.logging.print_log', lambda text, **_: said.append(text))
    for _ in range(2):
        assert drawable_names(['cat', '狗', '马']) == ['cat', 'class 1', 'class 2']
    (text,) = said
    assert 'No font here can draw "狗马"' in text
    assert 'fonts-noto-cjk' in text


def test_curves_are_the_numbers_and_the_best_epoch_is_marked():
    epochs = [1, 2, 3, 4]
    loss = {'train': (epochs, [1.0, 0.5, 0.3, 0.2]), 'val': (epochs, [1.1, 0.7, 0.6, 0.9])}
    figure = draw_learning_curves(loss, best_epoch=3, stop_epoch=4, stop_reason='patience')
    axes = figure.axes[0]
    lines = {line.get_label(): line.get_xydata() for line in axes.lines}
    np.testing.assert_allclose(lines['validation'], np.transpose(loss['val']))
    np.testing.assert_allclose(lines['training'], np.transpose(loss['train']))
    upright = {line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1}
    assert {3, 4} <= upright
    assert 'epoch' in axes.get_xlabel().lower()


def test_band_over_seeds_is_mean_and_standard_deviation():
    curves = [([1, 2, 3], [1.0, 2.0, 6.0]), ([1, 2, 3], [3.0, 2.0, 2.0])]
    epochs, mean, band = mean_and_band(curves)
    np.testing.assert_array_equal(epochs, [1, 2, 3])
    np.testing.assert_allclose(mean, [2, 2, 4])
    assert band[1] == 0
    assert band[0] > 0


@pytest.mark.parametrize('classes', [2, 10, 100])
def test_confusion_matrix_is_drawn_for_few_and_many_classes(classes):
    matrix = np.random.default_rng(0).integers(0, 50, (classes, classes))
    figure = draw_confusion_matrix(matrix)
    shown = figure.axes[0].images or figure.axes[0].collections
    assert shown[0].get_array().size == classes**2
    assert not is_blank(figure)


def test_confusion_matrix_of_shares_is_refused():
    with pytest.raises(ArgumentError, match='whole numbers'):
        draw_confusion_matrix([[0.5, 0.5], [0.1, 0.9]])


def test_path_on_the_surface_is_where_the_optimizer_was():
    x, y = plane_grid(EXTENT, 30).reshape(30, 30, 2).transpose(2, 0, 1)
    path = np.array([[1.5, 0.8], [0.7, 0.3], [0.1, 0.05]])
    figure = draw_loss_surface(x**2 + y**2, EXTENT, path)
    drawn = [line.get_xydata() for line in figure.axes[0].lines]
    assert any(one.shape == path.shape and np.allclose(one, path) for one in drawn)


def test_every_perceptron_line_lies_on_its_equation():
    rng = np.random.default_rng(0)
    weights, biases = rng.normal(size=(3, 2)) + 1, rng.normal(size=3) * 0.1
    inputs, labels = rng.normal(size=(20, 2)), np.arange(20) % 2
    figure = draw_perceptron_lines(inputs, labels, weights, biases)
    errors = []
    for weight, bias in zip(weights, biases, strict=True):
        scaled = [
            np.abs(np.asarray(points) @ weight + bias).max() / np.linalg.norm(weight)
            for points in segments(figure.axes[0])
        ]
        errors.append(min(scaled))
    assert max(errors) < 1e-6


def segments(axes):
    lines = [line.get_xydata() for line in axes.lines if len(line.get_xdata()) == 2]
    for collection in axes.collections:
        if hasattr(collection, 'get_segments'):
            lines += [one for one in collection.get_segments() if len(one) == 2]
    return lines


def overlapping(texts, figure) -> list[tuple[str, str]]:
    """Return the pairs of texts that cover a common part of the picture."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [(one.get_text(), one.get_window_extent(canvas.get_renderer())) for one in texts]
    return [
        (a, b)
        for (a, first), (b, second) in combinations(boxes, 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 1
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 1
    ]


NAMES = {
    'numbers': str,
    'long': 'a class with a long name, number {}'.format,
    'Chinese': '手写数字{}'.format,
}


@pytest.mark.parametrize('draw', [draw_confusion_matrix, draw_class_bars])
@pytest.mark.parametrize('classes', [2, 10, 40, 100])
@pytest.mark.parametrize('kind', NAMES)
def test_names_of_few_and_many_classes_do_not_overlap(draw, classes, kind):
    counts = np.eye(classes, dtype=int) * 12
    figure = draw(counts, classes=[NAMES[kind](number) for number in range(classes)])
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = [
                tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high
            ]
            assert overlapping([one for one in shown if one.get_text()], figure) == []


def test_long_names_that_begin_alike_can_be_told_apart():
    names = drawable_names([NAMES['long'](number) for number in range(12)])
    assert len(set(names)) == 12
    assert all(letters_of(name) <= 16 for name in names)


def title_within_the_figure(text):
    """Draw a figure with a title, and return the title as drawn, without white space."""
    figure = draw_learning_curves({'val': ([1], [1.0])}, title=text)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # a warning of a missing character would be an error
    (title,) = [one for one in figure.texts if one.get_text()]
    box = title.get_window_extent(canvas.get_renderer())
    assert figure.bbox.x0 <= box.x0
    assert box.x1 <= figure.bbox.x1
    return ''.join(title.get_text().split())


@pytest.mark.parametrize('text', ['手写数字识别' * 20, 'x' * 150, 'two words ' * 20])
def test_titles_of_any_kind_stay_within_the_figure(text, chinese_font):
    assert title_within_the_figure(text) == ''.join(text.split())


def test_title_that_no_font_can_draw_has_boxes_and_it_is_said_once(without_chinese, monkeypatch):
    said = []
    monkeypatch.setattr('mmengine.logging.print_log', lambda text, **_: said.append(text))
    for _ in range(2):
        assert title_within_the_figure('手写 digits' * 9) == '□□digits' * 9
    (text,) = said
    assert 'No font here can draw "写手"; figures show boxes instead' in text
    assert 'fonts-noto-cjk' in text


def test_label_that_no_font_can_draw_has_boxes_too(without_chinese):
    figure = draw_run_comparison({'运行': [([1, 2], [1.0, 2.0])]}, value_label='损失', title='t')
    FigureCanvasAgg(figure).draw()
    assert figure.axes[0].get_ylabel() == '□□'


def test_percent_sign_stays_at_its_number():
    for width in range(20, 40):
        assert not any(line.startswith('%') for line in wrap('80 of 80 right (100.0 %)', width))


@pytest.mark.parametrize('length', range(1, 17))
def test_names_of_any_length_leave_the_confusion_matrix_whole(length):
    names = [str(number) * length for number in range(3)]
    figure = draw_confusion_matrix(np.eye(3, dtype=int), classes=names)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    ink = np.asarray(canvas.buffer_rgba())[..., :3].min(-1) < 200
    assert not ink[:, :2].any()
    assert not ink[:, -2:].any()
