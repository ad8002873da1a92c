from __future__ import annotations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmlesson.visualization.plots.fonts import drawable_names, letters_of, wrap
from mmlesson.visualization.plots.learning_curves import (
    draw_learning_curves,
    draw_run_comparison,
)


def test_names_that_no_font_can_draw_are_numbered_with_one_warning(without_chinese, monkeypatch):
    said = []
    monkeypatch.setattr('mmengine.logging.print_log', lambda text, **_: said.append(text))
    for _ in range(2):
        assert drawable_names(['cat', '狗', '马']) == ['cat', 'class 1', 'class 2']
    (text,) = said
    assert 'No font here can draw "狗马"' in text
    assert 'fonts-noto-cjk' in text


def test_long_names_with_the_same_prefix_stay_distinct():
    names = drawable_names([f'{"long name " * 3}{number}' for number in range(12)])
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


def test_title_that_no_font_can_draw_has_boxes_with_a_single_warning(without_chinese, monkeypatch):
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
