"""What is drawn of a dataset depends on the shape of its samples."""

from __future__ import annotations

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from paths import CONFIGS
from PIL import Image

from mmlesson.apis.analysis.dataset_check import check_data
from mmlesson.apis.analysis.dataset_figures import draw_dataset
from mmlesson.config import load_config
from mmlesson.datasets import Digits, Moons
from mmlesson.engine.runner import LessonRunner


def figure(config, order=None):
    init_default_scope('mmlesson')
    options = {**config.train_dataloader, 'num_workers': 0}
    loader = LessonRunner.build_dataloader(options, seed=0)
    classes = loader.dataset.metainfo['classes']
    return draw_dataset(config, loader, order or list(loader.sampler), classes, 'title')


def images_of(figure):
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


def test_augmented_images_are_below_the_same_images():
    config = load_config(CONFIGS / 'cnn/cnn_digits_augmented.py')
    drawn = images_of(figure(config, list(range(20))))
    data = Digits('train').__getitems__(list(range(20)))['inputs'].numpy()[:, 0]
    assert len(drawn) == 40
    assert np.array_equal(drawn[0] > drawn[0].mean(), data[0] > data[0].mean())
    assert np.array_equal(drawn[25] > drawn[25].mean(), data[15] > data[15].mean())
    changed = [not np.array_equal(drawn[place], drawn[place + 10]) for place in range(10)]
    assert sum(changed) >= 9
    again = images_of(figure(config, list(range(20))))
    assert all(np.array_equal(one, other) for one, other in zip(drawn, again, strict=True))


def test_images_without_augmentation_are_drawn_once():
    drawn = images_of(figure(load_config(CONFIGS / 'cnn/cnn_digits.py')))
    assert len(drawn) == 40
    assert len({image.tobytes() for image in drawn}) == 40


def test_points_are_drawn_as_points():
    config = load_config(CONFIGS / 'mlp/mlp_moons.py')
    points = figure(config).axes[0].collections[-1].get_offsets()
    data = Moons('train')
    inputs = data.__getitems__(list(range(len(data))))['inputs'].numpy()
    assert np.allclose(np.sort(points, 0), np.sort(inputs, 0))


def test_columns_of_a_table_have_a_histogram_each():
    config = load_config(CONFIGS / 'mlp/mlp_table.py')
    names = [axes.get_title() for axes in figure(config).axes]
    assert names == ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']


def test_figure_is_written_in_the_requested_format(tmp_path):
    config = load_config(CONFIGS / 'mlp/mlp_table.py')
    report = check_data(config, tmp_path / 'x.png', ['png'])
    assert report.files == [tmp_path / 'x.png']
    assert [file.name for file in tmp_path.iterdir()] == ['x.png']
    assert np.asarray(Image.open(tmp_path / 'x.png').convert('L')).std() > 20


def test_samples_of_another_shape_are_not_drawn(monkeypatch):
    config = load_config(CONFIGS / 'cnn/cnn_digits.py')
    shaped = Digits.__getitems__

    def without_channel(self, indices):
        batch = shaped(self, indices)
        return {**batch, 'inputs': batch['inputs'][:, 0]}

    monkeypatch.setattr(Digits, '__getitems__', without_channel)
    assert isinstance(config, Config)
    assert figure(config) is None
