from __future__ import annotations

import numpy as np

from mmlesson.visualization import (
    draw_samples,
    draw_successes,
)


def test_successes_start_with_the_least_confident_and_samples_with_the_first():
    images = np.random.RandomState(0).rand(4, 1, 3, 3)
    true, given, scores = [0, 1, 0, 1], [0, 1, 1, 1], [0.9, 0.6, 0.99, 0.7]
    figure = draw_successes(images, true, given, scores, ['a', 'b'])
    assert [one.get_title() for one in figure.axes[:3]] == ['b\n60 %', 'b\n70 %', 'a\n90 %']
    assert '3 of 3' in figure.get_suptitle()
    figure = draw_samples(images, true, ['a', 'b'], title='samples')
    assert [one.get_title() for one in figure.axes[:4]] == ['a', 'b', 'a', 'b']
