from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

from mmlesson import visualization
from mmlesson.errors import ArgumentError
from mmlesson.visualization.drawing import Drawing

BARS = Drawing('draw_class_bars', np.array([[3, 1], [0, 4]]), title='Errors')


def test_drawing_calls_the_plot_with_its_arguments():
    assert BARS.draw().get_suptitle() == 'Errors'


def test_drawing_can_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(BARS)).draw().get_suptitle() == 'Errors'


def test_error_of_the_plot_is_raised_when_it_is_drawn():
    wrong = Drawing('draw_class_bars', np.zeros(3))
    with pytest.raises(ArgumentError, match='draw_class_bars'):
        wrong.draw()


def test_figure_is_written_in_each_format(tmp_path):
    files = BARS.save(tmp_path / 'bars', ('png', 'svg'))
    assert files == [tmp_path / 'bars.png', tmp_path / 'bars.svg']
    with Image.open(files[0]) as image:
        assert image.width > 100


def test_animation_is_written_in_each_format(tmp_path):
    frames = [(f'epoch {turn}', {'weights': np.full((2, 1, 3, 3), turn)}) for turn in (1, 2)]
    files = Drawing('animate_weights', frames, name='lesson').save(
        tmp_path / 'film', ('html', 'gif')
    )
    assert files == [tmp_path / 'film.html', tmp_path / 'film.gif']
    with Image.open(files[1]) as film:
        assert film.n_frames == 2
    assert '<title>lesson: weights</title>' in files[0].read_text()


def test_every_public_plot_can_be_imported():
    assert 'draw_weights' in visualization.__all__
    for name in visualization.__all__:
        assert callable(getattr(visualization, name))
