"""Images of random pixels, for measuring speed."""

from __future__ import annotations

import numpy as np

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.registry import DATASETS


@DATASETS.register_module()
class NoiseImages(ArrayDataset):
    """Pictures of noise, 3 x 32 x 32, of ten classes: as much work as real ones, no download."""

    classes = tuple('0123456789')
    scale = 1 / 255

    def _load(self) -> tuple[Array, Array, None]:
        generator = np.random.RandomState(0)
        images = generator.randint(0, 256, (10_000, 3, 32, 32), np.uint8)
        return images, generator.randint(0, 10, 10_000), None
