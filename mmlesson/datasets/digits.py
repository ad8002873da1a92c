"""Real handwritten digits that need no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch.nn.functional as F

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.datasets.splits import DEFAULT_RATIO
from mmlesson.errors import ArgumentError
from mmlesson.registry import DATASETS

_FILE = Path(__file__).with_name('data') / 'digits.npz'


@DATASETS.register_module()
class Digits(ArrayDataset):
    """1,797 handwritten digits of 8 x 8 pixels, ten classes.

    Why it is here: it ships inside the package, so that the first lesson runs on real images at
    once and anywhere.

    Args:
        split: Which part to hold: 'train' (1078 by default), 'val' (362) or 'test' (357).
        image: Give images (1, 8, 8); False gives the same values as vectors (64,).
        shift: Pixels by which every image is moved, down and to the right; what comes in at the
            other side is background. Splits and their hashes stay those of the unmoved images.
        split_seed: Decides which sample goes where.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation, see `ArrayDataset`.

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
    scale = 1 / 16  # a pixel counts the inked dots, of sixteen

    def __init__(
        self,
        split: str = 'train',
        *,
        image: bool = True,
        shift: Sequence[int] = (0, 0),
        split_seed: int = 0,
        split_ratio: Sequence[float] = DEFAULT_RATIO,
        fold: Sequence[int] | None = None,
    ) -> None:
        if not isinstance(image, bool):
            raise ArgumentError(f'Digits.image must be True or False, got {image!r}.')
        if len(shift) != 2 or not all(isinstance(s, int) and abs(s) < 8 for s in shift):
            raise ArgumentError(f'Digits.shift must be two ints from -7 to 7, got {shift!r}.')
        self.image = image
        self.shift = tuple(shift)
        super().__init__(split, split_seed=split_seed, split_ratio=split_ratio, fold=fold)

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return what is known of the digits before they are loaded."""
        if (cls._load, cls._hold) != (Digits._load, Digits._hold):
            return super().facts(**arguments)  # a subclass may have made them anything
        shape = (1, 8, 8) if arguments.get('image', True) else (64,)
        return {'num_classes': 10, 'input_shape': shape, 'num_samples': 1797}

    def _hold(self, inputs: Array, labels: Array) -> None:
        super()._hold(inputs, labels)
        images = self._inputs.view(-1, 8, 8)
        down, right = self.shift
        # Padding with negative numbers cuts off: what leaves on one side comes in as background.
        moved = F.pad(images, (right, -right, down, -down))
        self._inputs = moved.reshape(self._inputs.shape)

    def _load(self) -> tuple[Array, Array, None]:
        with np.load(_FILE, allow_pickle=False) as arrays:
            images, labels = arrays['images'], arrays['labels']
        return images.reshape(-1, 1, 8, 8) if self.image else images.reshape(-1, 64), labels, None
