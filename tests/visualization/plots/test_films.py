from __future__ import annotations

import numpy as np

from mmlesson.visualization.plots.films import animate_neurons, animate_regions
from mmlesson.visualization.plots.neurons import NeuronMaps
from mmlesson.visualization.plots.plane import plane_grid

EXTENT = (-1.0, 1.0, -1.0, 1.0)
POINTS = np.array([[-0.5, 0.0], [0.5, 0.0]])


def test_regions_have_a_frame_and_a_caption_per_moment():
    x = plane_grid(EXTENT, 20)[:, 0]
    grid = np.stack([x < 0, x >= 0], 1).astype(np.float16)
    frames = [(f'epoch {turn}', {'grid': grid, 'train': np.array([0, 1])}) for turn in range(3)]
    points = {'inputs': POINTS, 'labels': np.array([0, 1])}
    film = animate_regions(frames, points, EXTENT, classes=('a', 'b'), name='lesson')
    assert film.captions == ['epoch 0', 'epoch 1', 'epoch 2']
    assert film.title == 'lesson: decision regions'


def test_neurons_have_one_colour_scale_in_all_frames(monkeypatch):
    seen = []
    init = NeuronMaps.__init__

    def spy(self, *args, **kwargs):
        seen.append(kwargs['limit'])
        init(self, *args, **kwargs)

    monkeypatch.setattr(NeuronMaps, '__init__', spy)
    maps = np.ones((2, 5, 5))
    animate_neurons([('a', {'maps': maps}), ('b', {'maps': -3 * maps})], POINTS, EXTENT)
    assert seen == [3]
