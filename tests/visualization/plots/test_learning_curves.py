from __future__ import annotations

import numpy as np
import pytest

from mmlesson.visualization.plots.learning_curves import (
    FinalPoint,
    draw_learning_curves,
    mean_and_band,
)


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


def test_final_weights_are_a_star_at_their_validation():
    loss = {'val': ([1, 2, 3], [0.5, 0.4, 0.6])}
    final = FinalPoint('pocket, update 3', 1, loss=0.45)
    figure = draw_learning_curves(loss, final=final)
    (star,) = [line for line in figure.axes[0].lines if line.get_marker() == '*']
    np.testing.assert_array_equal(star.get_xydata(), [[1, 0.45]])
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert 'final weights: pocket, update 3' in texts


def labels_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_lowest_validation_loss_is_marked_where_it_rises_again():
    figure = draw_learning_curves({'val': ([2, 4, 6], [0.5, 0.25, np.nan])})
    assert 'lowest validation loss: 0.25 (epoch 4)' in labels_of(figure)
    (mark,) = [line for line in figure.axes[0].lines if 'lowest' in str(line.get_label())]
    np.testing.assert_array_equal(mark.get_xydata(), [[4, 0.25]])


@pytest.mark.parametrize('values', [[0.5, 0.4, 0.3], [0.5, 0.0, 0.0], [0.5]])
def test_lowest_validation_loss_is_not_marked_where_it_is_the_last(values):
    figure = draw_learning_curves({'val': (range(len(values)), values)})
    assert not any('lowest' in label for label in labels_of(figure))


def test_axis_of_an_accuracy_that_hardly_changes_is_widened():
    loss = {'val': ([1, 2], [0.2, 0.1])}
    figure = draw_learning_curves(loss, {'val': ([1, 2], [99.2, 100.0])})
    low, high = figure.axes[1].get_ylim()
    assert high - low >= 5
    assert low < 99.2
    assert 100 <= high < 101
