"""Dataset of random images, for measurements of speed and checks of modules."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.errors import ArgumentError, check_int
from mmlesson.registry import DATASETS


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class NoiseImages(ArrayDataset):
    """Random images with random labels of ten classes.

    Why it is here: reading and training on them costs as much as on real images, without a
    download. The other arguments are those of `ArrayDataset`.

    Args:
        num_samples: Number of images in all three splits together.
        shape: (channels, height, width) of an image.
    """

    classes = tuple('0123456789')
    scale = 1 / 255

    num_samples: int = 10_000
    shape: Sequence[int] = (3, 32, 32)

    def __post_init__(self) -> None:
        """Check the arguments and generate the split."""
        check_int('NoiseImages', 'num_samples', self.num_samples, minimum=100)
        if len(self.shape) != 3:
            raise ArgumentError(
                f'NoiseImages.shape must be (channels, height, width), got {self.shape!r}.'
            )
        for side in self.shape:
            check_int('NoiseImages', 'shape', side)
        super().__post_init__()

    def _load(self) -> tuple[Array, Array, None]:
        rng = np.random.RandomState(0)
        images = rng.randint(0, 256, (self.num_samples, *self.shape), np.uint8)
        return images, rng.randint(0, 10, self.num_samples), None
