"""The visualizer takes figures, and every back end of mmengine gets them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from mmengine.registry import VISBACKENDS
from mmengine.visualization import BaseVisBackend
from PIL import Image

from mmlesson.registry import VISUALIZERS
from mmlesson.visualization.visualizer import LessonVisualizer


@VISBACKENDS.register_module()
class Remembering(BaseVisBackend):
    """A back end that keeps what it is given."""

    def __init__(self, save_dir: str) -> None:
        super().__init__(save_dir)
        self.images: list = []

    def _init_env(self):
        pass

    @property
    def experiment(self):
        return self

    def add_image(self, name, image, step=0, **kwargs):
        self.images.append((name, image, step))


def square() -> Figure:
    figure = Figure(figsize=(1, 1), dpi=50, facecolor='red')
    figure.subplots().plot([0, 1])
    return figure


def test_figure_becomes_files_and_an_image_in_each_back_end(tmp_path):
    visualizer = VISUALIZERS.build(
        {
            'type': 'LessonVisualizer',
            'name': 'test_figure',
            'vis_backends': [{'type': 'LocalVisBackend'}, {'type': 'Remembering'}],
            'save_dir': str(tmp_path),
        }
    )
    assert isinstance(visualizer, LessonVisualizer)
    files = visualizer.add_figure('line', square(), step=7)
    assert files == [tmp_path / 'figures' / 'line.png', tmp_path / 'figures' / 'line.svg']
    assert Image.open(files[0]).getpixel((0, 0))[:3] == (255, 0, 0)
    ((name, image, step),) = visualizer.get_backend('Remembering').images
    assert (name, step) == ('line', 7)
    assert image.shape == (150, 150, 3)  # of the file
    assert image.dtype == np.uint8
    assert tuple(image[0, 0]) == (255, 0, 0)
    assert not list(tmp_path.glob('vis_data/vis_image/*'))  # the folder of figures has it already


def test_scalars_are_written_by_mmengine(tmp_path):
    visualizer = LessonVisualizer(
        name='test_scalars', vis_backends=[{'type': 'LocalVisBackend'}], save_dir=str(tmp_path)
    )
    visualizer.add_scalars({'train/loss': 1.5}, step=3)
    assert (tmp_path / 'vis_data' / 'scalars.json').read_text().startswith('{"train/loss": 1.5')


def test_images_are_drawn_on_by_mmengine():
    visualizer = LessonVisualizer(name='test_images')
    visualizer.set_image(np.full((40, 60, 3), 255, np.uint8))
    visualizer.draw_bboxes(np.array([[10, 10, 30, 30]]), edge_colors='r')
    image = visualizer.get_image()
    assert image.shape == (40, 60, 3)
    red, green, blue = image[20, 10].astype(int)
    assert red > green + 50
    assert red > blue + 50


def test_unknown_attribute_is_refused():
    visualizer = LessonVisualizer(name='test_attribute')
    with pytest.raises(AttributeError, match="'LessonVisualizer' object has no attribute 'axes'"):
        _ = visualizer.axes
