import numpy as np

from mmlesson.visualization.plots.stopping import StoppingMark, draw_stopping

MARKS = [
    StoppingMark('patience=2', 5, 3, 0.3),
    StoppingMark('GL', None, None, None),
]


def test_curve_stops_and_best_scores_are_at_their_values():
    epochs, scores = [1, 2, 3, 4, 5, 6], [0.9, 0.5, 0.3, 0.4, 0.5, 0.6]
    figure = draw_stopping(epochs, scores, 'loss', MARKS)
    curve, stop, best, never = figure.axes[0].lines
    np.testing.assert_array_equal(curve.get_xydata(), np.transpose([epochs, scores]))
    assert list(stop.get_xdata()) == [5, 5]
    assert best.get_xydata().tolist() == [[3, 0.3]]
    assert list(never.get_xdata()) == [6, 6]


def test_legend_names_the_stop_of_each_rule():
    figure = draw_stopping([1, 2], [0.9, 0.5], 'loss', MARKS)
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts == ['loss', 'patience=2: stops at 5', 'GL: does not stop']
