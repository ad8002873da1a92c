"""The convolution of a trained model against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmlesson.visualization.figures import convolution as figures
from mmlesson.visualization.figures.context import NotApplicableError


def test_window_times_kernel_is_the_output_of_the_model(finished):
    context = finished('cnn/cnn_digits.py')
    drawings = figures.convolution(context)
    image, kernel, output, pixels = drawings['convolution'].args
    bias = drawings['convolution'].kwargs['bias'] or 0.0
    (layer, *_) = (m for m in context.model.modules() if isinstance(m, torch.nn.Conv2d))
    inner = torch.from_numpy(image[1:-1, 1:-1])[None, None]
    everything = F.conv2d(inner, layer.weight.detach(), layer.bias, padding=1)[0]
    strongest = int(everything.amax((1, 2)).argmax())
    np.testing.assert_allclose(output, everything[strongest], atol=1e-5)
    for row, column in pixels:
        products = image[row : row + 3, column : column + 3] * kernel
        assert products.sum() + bias == pytest.approx(output[row, column], abs=1e-5)
    film = drawings['convolution_film'].args[3]
    assert (film[0], film[-1], len(film)) == ((0, 0), (7, 7), figures.MAX_STEPS)


def test_pixels_are_the_first_the_extremes_and_the_last():
    output = np.array([[0.0, 5.0, 1.0], [1.0, 1.0, -2.0], [0.0, 1.0, 1.0]])
    assert figures.telling_pixels(output) == [(0, 0), (0, 1), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ('lesson', 'message'),
    [('mlp/mlp_digits.py', 'no convolution'), ('mlp/mlp_moons.py', 'needs images')],
)
def test_model_without_convolution_has_no_such_figure(lesson, message, finished):
    with pytest.raises(NotApplicableError, match=message):
        figures.convolution(finished(lesson))


@pytest.mark.parametrize(
    ('layer', 'message'),
    [
        (torch.nn.Conv2d(3, 4, 3), 'has 3'),
        (torch.nn.Conv2d(1, 4, 3, dilation=2), 'dilated'),
        (torch.nn.Conv2d(1, 4, 3, padding='same'), 'zero padding'),
    ],
)
def test_convolution_of_another_kind_is_named(layer, message):
    with pytest.raises(NotApplicableError, match=message):
        figures._require_plain(layer)
