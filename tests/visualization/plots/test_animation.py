"""A film's frames are what matplotlib draws of the whole figure, to the pixel."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from mmlesson.errors import RunError
from mmlesson.visualization import Animation, DecisionRegions, NeuronMaps, WeightImages, plane_grid

EXTENT = (-1.0, 1.0, -1.0, 1.0)


def pixels_of(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def frame(film):
    return np.asarray(Image.open(io.BytesIO(film._frames[-1])))


def regions(generator):
    inputs = generator.uniform(-1, 1, (30, 2))
    labels = np.arange(30) % 3
    drawing = DecisionRegions(inputs, labels, num_classes=3, extent=EXTENT)
    weights = generator.normal(size=(3, 2))

    def change(turn):
        scores = np.exp(turn * plane_grid(EXTENT, 40) @ weights.T)
        shares = (scores / scores.sum(1, keepdims=True)).reshape(40, 40, 3)
        drawing.update(shares, labels * (turn % 2), title=f'epoch {turn}')

    return drawing.figure, change


def neurons(generator):
    drawing = NeuronMaps(4, EXTENT, inputs=generator.uniform(-1, 1, (9, 2)), limit=3.0)
    return drawing.figure, lambda turn: drawing.update(
        generator.normal(size=(4, 20, 20)), title=f'epoch {turn}'
    )


def weights(generator):
    drawing = WeightImages((4, 1, 5, 5), limit=3.0)
    return drawing.figure, lambda turn: drawing.update(
        generator.normal(size=(4, 1, 5, 5)), title=f'epoch {turn}'
    )


def own_drawing(_generator):
    """Limits, an axis label and the legend change, and a plot without axes stands beside."""
    figure = Figure(layout='constrained')
    axes, bare = figure.subplots(1, 2)
    (line,), (other,) = axes.plot([0, 1], label='one'), bare.plot([0, 1])
    axes.grid()
    bare.axis('off')
    figure.legend(loc='outside right center')

    def change(turn):
        other.set_ydata([turn, 1])
        if turn == 2:
            line.set_ydata([0, 7])
            axes.relim()
            axes.autoscale()  # comes into force when somebody asks for the limits
        if turn == 3:
            axes.set_xlabel('time')
        if turn == 4:
            figure.legends[0].remove()

    return figure, change


@pytest.mark.parametrize('make', [regions, neurons, weights, own_drawing])
def test_frames_equal_the_complete_figure(make):
    figure, change = make(np.random.default_rng(0))
    film, places = Animation(), []
    for turn in range(6):
        change(turn)
        film.add(figure, str(turn))
        np.testing.assert_array_equal(frame(film), pixels_of(figure))
        places.append([axes.get_position().bounds for axes in figure.axes])
    assert all(place == places[0] for place in places)
    assert len(set(film._frames)) == 6


def test_unchanged_axes_are_drawn_twice_per_film(monkeypatch):
    drawn = []
    draw = Axis.draw
    monkeypatch.setattr(
        Axis, 'draw', lambda self, *args: (drawn.append(self), draw(self, *args))[1]
    )
    figure, change = regions(np.random.default_rng(0))
    film = Animation()
    change(0)
    film.add(figure, 'the first')
    drawn.clear()
    for turn in range(1, 5):
        change(turn)
        film.add(figure, str(turn))
    assert len(drawn) == 2  # x and y
    assert all(axis.get_visible() and not axis.get_animated() for axis in drawn)


@pytest.fixture
def film():
    film, figure = Animation(), Figure(figsize=(1, 1))
    for number in range(2):
        film.add(figure, f'epoch {number}')
    return film


def test_mp4_is_written_by_the_program_ffmpeg(film, tmp_path, monkeypatch):
    program = tmp_path / 'ffmpeg'
    program.write_text('#!/bin/sh\nfor last; do :; done\ncat > "$last"\n')  # keeps what it is given
    program.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:{os.environ["PATH"]}')
    assert film.save_mp4(tmp_path / 'film.mp4')
    assert (tmp_path / 'film.mp4').read_bytes().startswith(b'\x89PNG')


def test_mp4_without_ffmpeg_is_left_out_and_it_is_logged(film, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr('mmengine.logging.print_log', lambda text, **_: said.append(text))
    monkeypatch.setenv('PATH', str(tmp_path))
    assert not film.save_mp4(tmp_path / 'film.mp4')
    assert not (tmp_path / 'film.mp4').exists()
    assert 'the program ffmpeg is not installed' in said[0]


def test_failure_of_ffmpeg_is_named(film, tmp_path, monkeypatch):
    program = tmp_path / 'ffmpeg'
    program.write_text('#!/bin/sh\necho "Unknown encoder" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:{os.environ["PATH"]}')
    with pytest.raises(RunError, match=r'ffmpeg failed\. \(Unknown encoder\)'):
        film.save_mp4(tmp_path / 'film.mp4')
    assert not (tmp_path / 'film.mp4').exists()


def test_colors_are_reduced_once_for_all_formats(tmp_path, monkeypatch):
    film = Animation()
    figure, change = regions(np.random.default_rng(0))
    reduced = []
    reduce = Animation._reduce
    monkeypatch.setattr(Animation, '_reduce', lambda film: reduced.append(0) or reduce(film))
    for turn in range(2):
        change(turn)
        film.add(figure, f'epoch {turn}')
        film.save(tmp_path / 'film', ['html', 'gif'])
        with Image.open(tmp_path / 'film.gif') as film_file:
            assert film_file.n_frames == turn + 1
    assert len(reduced) == 2
