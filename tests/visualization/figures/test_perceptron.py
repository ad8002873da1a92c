from __future__ import annotations

import numpy as np
import pytest
from drawn import draw_only

from mmlesson.runs.scalars import read_points
from mmlesson.visualization.figures import perceptron
from mmlesson.visualization.figures.context import NotApplicableError


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


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (b'\xff\xfe', 'utf-8'),
        (b'', "it has no column 'w1'"),
        (b'update,w1,w2\n1,2,3\n', "it has no column 'b'"),
        (b'w1,w2,b\n1,2\n', 'line 2 is not a row of 3 finite numbers'),
        (b'w1,w2,b\n1,2,3\n1,nan,3\n', 'line 3 is not a row'),
        (b'w1,w2,b\n1,x,3\n', 'line 2 is not a row'),
        (b'w1,w2,b\n1e308,2,3\n', 'line 2 is not a row'),  # matplotlib cannot draw it
    ],
)
def test_damaged_record_of_updates_is_one_line(text, message, finished, caplog, tmp_path):
    context = finished('perceptron/perceptron_blobs.py')
    context.run = tmp_path
    (tmp_path / 'perceptron_updates.csv').write_bytes(text)
    with pytest.raises(NotApplicableError, match='is damaged'):
        perceptron.perceptron_lines(context)
    assert any(message in line for line in caplog.messages)


def test_updates_start_at_zero_and_each_adds_or_subtracts_its_sample(finished):
    context = finished('perceptron/perceptron_far_blobs.py')
    drawings = perceptron.perceptron_updates(context)
    rows = np.genfromtxt(context.run / 'perceptron_updates.csv', delimiter=',', names=True)
    film = drawings['perceptron_updates_film']
    samples, before, after = film.args[2:]
    assert len(samples) == len(rows) <= perceptron.MOST_FRAMES
    np.testing.assert_allclose(before[0], 0, atol=1e-12)
    np.testing.assert_allclose(before[1:], after[:-1], atol=1e-9)
    np.testing.assert_allclose(after, np.stack([rows['w1'], rows['w2'], rows['b']], 1))
    sign = np.where(rows['label'] == 1, 1, -1)
    wrong = sign * ((samples * before[:, :2]).sum(1) + before[:, 2])
    assert (wrong <= 1e-9).all()
    figure = drawings['perceptron_updates']
    numbers = figure.kwargs['numbers']
    assert (numbers[0], numbers[-1], len(numbers)) == (1, len(rows), perceptron.MOST_PANELS)


def test_perceptron_of_images_has_no_updates_in_the_plane(finished):
    with pytest.raises(NotApplicableError, match='two inputs'):
        perceptron.perceptron_updates(finished('perceptron/perceptron_digits.py'))


@pytest.mark.parametrize('value', ['null', '-5', 'NaN', '1e400'])
def test_recorded_mistakes_that_are_no_count_are_left_out(finished, value):
    context = finished('perceptron/perceptron_blobs.py')
    (file,) = context.run.glob('*/vis_data/scalars.json')
    line = f'{{"epoch": 1000, "iter": 9999, "train/mistakes": {value}}}'
    file.write_text(f'{file.read_text()}{line}\n')
    (drawing,) = perceptron.perceptron_mistakes(context).values()
    assert 1000 not in drawing.kwargs['epochs']
