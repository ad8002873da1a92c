from __future__ import annotations

import numpy as np
from drawn import draw_only

from mmlesson.runs.scalars import read_points
from mmlesson.visualization.figures import perceptron


def test_mistakes_of_the_perceptron_are_drawn_at_their_epochs(finished):
    one = finished('perceptron/perceptron_xor.py')
    figure = draw_only(perceptron.perceptron_mistakes(one))
    points = read_points(one.run)['train']
    bars = {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in figure.axes[0].patches}
    assert bars == {epoch: point['mistakes'] for epoch, point in points}


def test_perceptron_lines_are_those_of_its_updates(finished):
    one = finished('perceptron/perceptron_blobs.py')
    figure = draw_only(perceptron.perceptron_lines(one))
    rows = np.genfromtxt(one.run / 'perceptron_updates.csv', delimiter=',', names=True)
    last = rows[-1]
    gid = f'update {len(rows)}'
    (lines,) = [c for c in figure.axes[0].collections if c.get_gid() == gid]
    (segment,) = lines.get_segments()
    expected = -(last['w1'] * segment[:, 0] + last['b']) / last['w2']
    np.testing.assert_allclose(segment[:, 1], expected, atol=1e-9)


def test_perceptron_that_separates_the_digits_proves_them_separable(finished):
    context = finished('perceptron/perceptron_digits.py')
    figure = draw_only(perceptron.perceptron_mistakes(context))
    assert 'separable' not in figure.get_suptitle()  # after two epochs nothing is known
    context = finished('perceptron/perceptron_digits.py', train_cfg={'max_epochs': 100})
    figure = draw_only(perceptron.perceptron_mistakes(context))
    title = figure.get_suptitle().replace('\n', ' ')
    assert title.endswith('updates, separable data')


def test_inseparable_data_are_called_so_in_the_title(finished):
    context = finished('perceptron/perceptron_xor.py', train_cfg={'max_epochs': 100})
    figure = draw_only(perceptron.perceptron_mistakes(context))
    assert 'no line separates the data' in figure.get_suptitle().replace('\n', ' ')
    figure = draw_only(perceptron.perceptron_lines(context))
    update = context.facts['perceptron']['pocket']['update']
    assert figure.get_suptitle().replace('\n', ' ').endswith(f'pocket, update {update}')
