"""Dataset of handwritten digits, shipped with the package."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch.nn.functional as F

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.errors import ArgumentError
from mmlesson.registry import DATASETS

_FILE = Path(__file__).with_name('data') / 'digits.npz'

_CLASS_SIZES = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class Digits(ArrayDataset):
    """1,797 handwritten digits of 8 x 8 pixels, ten classes.

    Why it is here: it is part of the package, so that the first lesson trains on real images
    without a download. By default 'train' has 1078 samples, 'val' 362 and 'test' 357.

    Args:
        image: Whether to return images (1, 8, 8), or else the same values as vectors (64,).
        shift: Pixels by which every image is shifted, (down, right); new pixels are background.
            Splits and their hashes are those of the unshifted images.

    The other arguments are those of `ArrayDataset`.

    Shape:
        A batch: inputs float32 (N, 1, 8, 8) in [0, 1], labels int64 (N,) in [0, 9].

    Example:
        >>> Digits('test')[0]['inputs'].shape
        torch.Size([1, 8, 8])

    References:
        Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
        Repository, doi:10.24432/C50P49; CC BY 4.0.
    """

    classes = tuple('0123456789')
    scale = 1 / 16  # a pixel counts the inked dots in a cell of 4 x 4

    image: bool = True
    shift: Sequence[int] = (0, 0)

    def __post_init__(self) -> None:
        """Check the arguments and load the split."""
        if not isinstance(self.image, bool):
            raise ArgumentError(f'Digits.image must be True or False, got {self.image!r}.')
        if len(self.shift) != 2 or not all(isinstance(s, int) and abs(s) < 8 for s in self.shift):
            raise ArgumentError(f'Digits.shift must be two ints from -7 to 7, got {self.shift!r}.')
        self.shift = tuple(self.shift)
        super().__post_init__()

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return known facts about the digits without loading them."""
        if (cls._load, cls._hold) != (Digits._load, Digits._hold):
            return super().facts(**arguments)  # a subclass may return other data
        shape = (1, 8, 8) if arguments.get('image', True) else (64,)
        return {
            'num_classes': 10,
            'input_shape': shape,
            'num_samples': 1797,
            'class_sizes': _CLASS_SIZES,
        }

    def _hold(self, inputs: Array, labels: Array) -> None:
        super()._hold(inputs, labels)
        images = self._inputs.view(-1, 8, 8)
        down, right = self.shift
        # Negative padding crops a side; the opposite side gets as many background pixels.
        moved = F.pad(images, (right, -right, down, -down))
        self._inputs = moved.reshape(self._inputs.shape)

    def _load(self) -> tuple[Array, Array, None]:
        with np.load(_FILE, allow_pickle=False) as arrays:
            images, labels = arrays['images'], arrays['labels']
        return images.reshape(-1, 1, 8, 8) if self.image else images.reshape(-1, 64), labels, None
