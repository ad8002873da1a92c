"""Dataset of random images, for speed measurements."""

import numpy as np

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.registry import DATASETS


@DATASETS.register_module()
class NoiseImages(ArrayDataset):
    """10,000 random RGB images of 32 x 32 pixels with random labels of ten classes.

    Why it is here: reading and training on them costs as much as on real images, without a
    download. The arguments are those of `ArrayDataset`.
    """

    classes = tuple('0123456789')
    scale = 1 / 255

    def _load(self) -> tuple[Array, Array, None]:
        rng = np.random.RandomState(0)
        images = rng.randint(0, 256, (10_000, 3, 32, 32), np.uint8)
        return images, rng.randint(0, 10, 10_000), None
