import numpy as np
import pytest
from drawn import is_blank

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots import loss_paths
from mmlesson.visualization.plots.loss_paths import animate_loss_paths, draw_loss_paths

LOSSES = np.add.outer(np.arange(5.0) ** 2, np.arange(5.0) ** 2) + 1
EXTENT = (-1.0, 1.0, -1.0, 1.0)
PATHS = {'sgd': [[0.0, 0.0], [0.5, 0.0]], 'adam': [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]}
TIMES = {'sgd': [0.0, 1.0], 'adam': [0.0, 0.5, 1.0]}


def test_each_run_has_its_path_and_its_end():
    figure = draw_loss_paths(LOSSES, EXTENT, PATHS, x_label='w1', y_label='w2')
    drawn = [line.get_xydata().tolist() for line in figure.axes[0].get_lines()]
    assert drawn == [PATHS['sgd'], [[0.5, 0]], PATHS['adam'], [[1, 1]]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['sgd', 'adam']
    assert figure.axes[0].get_xlabel() == 'w1'
    assert figure.get_suptitle() == 'Runs on one loss surface (exact)'
    assert not is_blank(figure)


def test_runs_have_different_colours_or_styles():
    many = {str(number): PATHS['sgd'] for number in range(20)}
    lines = draw_loss_paths(LOSSES, EXTENT, many).axes[0].get_lines()[::2]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 20


def test_path_is_interpolated_to_the_moment():
    path, times = np.array(PATHS['adam']), np.array(TIMES['adam'])
    assert loss_paths._walked(path, times, 0.75).tolist() == [[0, 0], [0, 1], [0.5, 1]]
    assert loss_paths._walked(path, times, 0.0).tolist() == [[0, 0]]
    assert loss_paths._walked(path, times, 1.0).tolist() == path.tolist()


def test_film_starts_at_the_start_and_ends_at_the_end(monkeypatch):
    monkeypatch.setattr(loss_paths, 'FRAMES', 3)
    film = animate_loss_paths(LOSSES, EXTENT, PATHS, TIMES)
    assert film.captions == ['0 % of training', '25 % of training', '100 % of training']


@pytest.mark.parametrize(
    ('losses', 'paths', 'message'),
    [
        (LOSSES, {}, 'paths must not be empty'),
        (LOSSES, {'a': [[0, 0, 0]]}, r"paths\['a'\]"),
        (LOSSES * np.nan, PATHS, 'must hold a finite loss'),
    ],
)
def test_paths_that_cannot_be_drawn_are_refused(losses, paths, message):
    with pytest.raises(ArgumentError, match=message):
        draw_loss_paths(losses, EXTENT, paths)


def test_film_refuses_times_of_another_length():
    with pytest.raises(ArgumentError, match='times'):
        animate_loss_paths(LOSSES, EXTENT, PATHS, {**TIMES, 'sgd': [0.0]})
