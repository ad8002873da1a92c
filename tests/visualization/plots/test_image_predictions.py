from __future__ import annotations

import numpy as np

from mmlesson.visualization import (
    draw_mistakes,
    draw_samples,
    draw_successes,
)


def test_successes_start_with_the_least_confident_and_samples_with_the_first():
    images = np.random.RandomState(0).rand(4, 1, 3, 3)
    true, given, scores = [0, 1, 0, 1], [0, 1, 1, 1], [0.9, 0.6, 0.99, 0.7]
    figure = draw_successes(images, true, given, scores, ['a', 'b'])
    assert [one.get_title() for one in figure.axes[:3]] == ['b (60 %)', 'b (70 %)', 'a (90 %)']
    assert '3 of 3' in figure.get_suptitle()
    figure = draw_samples(images, true, ['a', 'b'], title='samples')
    assert [one.get_title() for one in figure.axes[:4]] == ['a', 'b', 'a', 'b']


def test_mistake_is_named_in_words_that_fit_its_image():
    images = np.random.RandomState(0).rand(2, 1, 3, 3)
    names = ['aeroplane', 'automobile']
    figure = draw_mistakes(images, [0, 1], [1, 0], [0.6, 0.87], names)
    titles = [one.get_title() for one in figure.axes[:2]]
    assert titles == [
        'automobile,\ntaken for\naeroplane (87 %)',
        'aeroplane, taken\nfor automobile\n(60 %)',
    ]
