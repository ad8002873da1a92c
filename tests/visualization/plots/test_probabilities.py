import numpy as np
import pytest
from drawn import is_blank

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.probabilities import draw_probabilities

SHARES = np.array([[0.7, 0.2, 0.1], [0.02, 0.9, 0.08]])
LABELS = [0, 1]


def test_bars_of_a_sample_are_stacked_to_one_hundred_percent():
    (axes,) = draw_probabilities(SHARES, LABELS).axes
    bars = sorted((bar.get_x(), bar.get_y(), bar.get_height()) for bar in axes.patches)
    first, second = bars[:3], bars[3:]
    np.testing.assert_allclose([height for _, _, height in first], [70, 20, 10])
    np.testing.assert_allclose([low for _, low, _ in second], [0, 2, 92])
    for tallest in (first[-1], second[-1]):
        assert tallest[1] + tallest[2] == pytest.approx(100)


def test_only_parts_with_room_have_a_number():
    (axes,) = draw_probabilities(SHARES, LABELS).axes
    assert [text.get_text() for text in axes.texts] == ['70', '20', '90', '10', '8']


def test_each_class_has_a_plane_with_the_samples():
    grid = np.zeros((4, 4, 3))
    grid[..., 2] = 1
    figure = draw_probabilities(
        SHARES,
        LABELS,
        inputs=[[0, 1], [2, 3]],
        grid=grid,
        extent=(0, 4, 0, 4),
        classes=('a', 'b', 'c'),
    )
    planes = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in planes] == ['a', 'b', 'c']
    assert [float(axes.images[0].get_array().max()) for axes in planes] == [0, 0, 100]
    assert [text.get_position() for text in planes[0].texts] == [(0, 1), (2, 3)]
    assert not is_blank(figure)


def test_ticks_name_the_true_classes():
    (axes,) = draw_probabilities(SHARES, LABELS, classes=('a', 'b', 'c')).axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ['1\na', '2\nb']


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'labels': [0]}, 'labels'),
        ({'labels': [0, 3]}, 'labels must hold ints from 0 to 2'),
        ({'grid': np.zeros((4, 4, 2)), 'inputs': [[0, 0], [1, 1]]}, 'grid'),
        ({'probabilities': np.zeros((0, 3)), 'labels': []}, 'must not be empty'),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(changes, message):
    arguments = {'probabilities': SHARES, 'labels': LABELS, 'extent': (0, 1, 0, 1), **changes}
    with pytest.raises(ArgumentError, match=message):
        draw_probabilities(**arguments)
