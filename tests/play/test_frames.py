from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from mmlesson.datasets.toy import XOR
from mmlesson.models.classifier import Classifier
from mmlesson.play.frames import GRID, NEURON_GRID, observe_network, observe_plane


def test_plane_has_all_points_of_each_split():
    loaders = {name: SimpleNamespace(dataset=XOR(name)) for name in ('train', 'val', 'test')}
    plane = observe_plane(loaders)
    assert [len(plane.splits[name][1]) for name in loaders] == [240, 80, 80]
    left, right, bottom, top = plane.extent
    points = np.concatenate([points for points, _ in plane.splits.values()])
    assert left < points[:, 0].min() < points[:, 0].max() < right
    assert bottom < points[:, 1].min() < points[:, 1].max() < top


def test_regions_are_the_softmax_over_the_plane():
    model = Classifier(
        {'type': 'MLP', 'in_features': 2, 'hidden_sizes': (3,), 'activation': 'Tanh'},
        head={'type': 'ClassificationHead', 'num_classes': 2},
    )
    state = torch.get_rng_state()
    regions, neurons = observe_network(model, (-1.0, 1.0, -1.0, 1.0))
    assert torch.equal(state, torch.get_rng_state())
    assert regions.shape == (GRID, GRID, 2)
    corner = torch.full((1, 2), -1 + 1 / GRID)
    hidden, out = (m for m in model.modules() if isinstance(m, nn.Linear))
    expected = torch.softmax(out(torch.tanh(hidden(corner))), 1)[0].detach().numpy()
    np.testing.assert_allclose(regions[0, 0].astype(float), expected, atol=2e-3)
    ((maps, count),) = neurons
    assert maps.shape == (3, NEURON_GRID, NEURON_GRID)
    assert count == 3
