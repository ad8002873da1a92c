"""Random images: shape, range and reproducibility."""

from __future__ import annotations

import numpy as np
import torch

from mmlesson.datasets import NoiseImages


def test_all_samples_are_uniform_and_in_ten_classes():
    data = NoiseImages(split_ratio=(1, 0, 0))
    assert len(data) == 10_000
    assert data[0]['inputs'].shape == (3, 32, 32)
    values = data.__getitems__(list(range(500)))['inputs']
    assert (values.min(), values.max()) == (0, 1)
    # Uniform on [0, 1]: mean 1/2, standard deviation 1 / sqrt(12).
    np.testing.assert_allclose([values.mean(), values.std()], [0.5, 12**-0.5], atol=2e-3)
    assert set(data._labels.tolist()) == set(range(10))


def test_images_do_not_depend_on_the_global_seed():
    first = NoiseImages('test')[7]
    np.random.seed(3)
    again = NoiseImages('test')[7]
    assert torch.equal(first['inputs'], again['inputs'])
