"""Claims of figures about a model and its data, each with data that make it true and false."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from drawn import draw_only
from torch import nn

from mmlesson import visualization as draw
from mmlesson.visualization.figures.catalogue import FIGURES
from mmlesson.visualization.figures.context import FigureContext, Samples

CLASSES = ('cat', 'dog')


class Convolutions(nn.Module):
    """Convolutions, and scores that are always largest for one class."""

    def __init__(self, answer: int, layers: int = 1) -> None:
        super().__init__()
        self.convs = nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1) for _ in range(layers)])
        self.linear = nn.Linear(16, 2)
        with torch.no_grad():
            self.linear.weight.mul_(0.01)
            self.linear.bias.copy_(100.0 * torch.eye(2)[answer])

    def forward(self, inputs, mode='tensor'):
        return self.linear(self.convs(inputs).flatten(1))


class Identity(nn.Module):
    """One hidden layer whose activations are the inputs."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.hidden, self.linear = nn.Linear(units, units, bias=False), nn.Linear(units, 3)
        nn.init.eye_(self.hidden.weight)

    def forward(self, inputs, mode='tensor'):
        return self.linear(self.hidden(inputs))


def samples(label: int, total: int = 4) -> Samples:
    images = np.random.default_rng(0).random((4, 1, 4, 4), dtype=np.float32)
    return Samples(images, np.full(4, label), total)


def context_of(model, splits, **options) -> FigureContext:
    return FigureContext(model, SimpleNamespace(), 'lesson', splits, CLASSES, epoch=3, **options)


def title(name: str, context: FigureContext) -> str:
    figure = draw_only(FIGURES[name](context))
    return figure.get_suptitle().replace('\n', ' ')


@pytest.mark.parametrize('name', ['feature_maps', 'saliency'])
@pytest.mark.parametrize('split', ['val', 'test'])
@pytest.mark.parametrize(('true', 'given'), [(0, 0), (0, 1), (1, 0)])
def test_image_is_of_its_split_and_class_with_its_prediction(name, split, true, given):
    splits = {'train': samples(1 - true), split: samples(true)}
    about = f"{split} image of class '{CLASSES[true]}', predicted '{CLASSES[given]}'"
    assert title(name, context_of(Convolutions(given), splits)).endswith(about)


@pytest.mark.parametrize(('layers', 'part'), [(10, ''), (12, ', 10 of 12 layers')])
def test_layers_that_are_left_out_are_counted(layers, part):
    context = context_of(Convolutions(0, layers), {'train': samples(0), 'val': samples(0)})
    assert f'feature maps{part};' in title('feature_maps', context)


@pytest.mark.parametrize(('update', 'weights'), [(None, 'epoch 3'), (7, 'pocket, update 7')])
def test_title_names_the_weights_of_the_model(update, weights):
    splits = {'train': samples(0), 'val': samples(0)}
    shown = title('confusion_matrix', context_of(Convolutions(0), splits, update=update))
    assert shown.startswith(f'lesson, {weights}: confusion matrix, val split')


@pytest.mark.parametrize(('total', 'part'), [(4, ''), (4000, ', 4 of 4,000 samples')])
def test_samples_that_were_not_read_are_counted(total, part):
    context = context_of(Convolutions(0), {'train': samples(0), 'test': samples(0, total)})
    assert f'confusion matrix, test split{part}' in title('confusion_matrix', context)


@pytest.mark.parametrize(
    ('matrix', 'recall', 'precision', 'accuracy'),
    [
        ([[4, 0], [0, 6]], [100, 100], [100, 100], '100.0'),
        ([[1, 3], [0, 6]], [25, 100], [100, 200 / 3], '70.0'),  # the mean recall is 62.5
        ([[0, 4], [0, 6]], [0, 100], [np.nan, 60], '60.0'),
    ],
)
def test_bars_are_the_recall_diamonds_the_precision_and_the_line_the_accuracy(
    matrix, recall, precision, accuracy
):
    figure = draw.draw_class_bars(matrix)
    (axes,) = figure.axes
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(recall)
    diamonds = next(line for line in axes.lines if line.get_label() == 'precision')
    np.testing.assert_allclose(np.asarray(diamonds.get_ydata(), float), precision)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert f'accuracy of all samples ({accuracy} %)' in texts


def spread(*deviations: float) -> np.ndarray:
    """Return uncorrelated columns of these deviations."""
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]).T
    both = np.concatenate([signs, -signs])
    return (both[:, : len(deviations)] * deviations).astype(np.float32)


@pytest.mark.parametrize(
    ('deviations', 'claim'),
    [
        ((3.0, 2.0, 0.0), '3 units, 100 % of their variance shown'),
        ((1.0, 1.0, 1.0, 1.0), '4 units, 50 % of their variance shown'),
        ((2.0, 2.0, 1.0, 1.0), '4 units, 80 % of their variance shown'),
        ((3.0, 2.0), 'space of the last hidden layer'),  # drawn as they are
    ],
)
def test_hidden_space_states_the_variance_that_the_plane_keeps(deviations, claim):
    inputs = spread(*deviations)
    train = Samples(inputs, np.arange(len(inputs)) % 3, len(inputs))
    shown = title('hidden_space', context_of(Identity(len(deviations)), {'train': train}))
    assert shown.endswith(claim)
    assert ('variance' in shown) is (len(deviations) > 2)
