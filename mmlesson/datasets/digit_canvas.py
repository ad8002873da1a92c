"""Dataset of canvases with several digits, for localisation, detection, segmentation, keypoints."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmlesson.datasets.array_dataset import Array, mean_and_std
from mmlesson.datasets.canvas_drawing import (
    KEYPOINTS,
    Digit,
    draw_canvas,
    instance_map,
    place_digits,
    resize,
)
from mmlesson.datasets.digits import Digits
from mmlesson.datasets.splits import SPLIT_NAMES, check_seed
from mmlesson.errors import ArgumentError, check_choice, check_int, check_number
from mmlesson.registry import DATASETS


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class DigitCanvas(Dataset[dict[str, Any]]):
    """Canvases with a few handwritten digits, whose places, outlines and keypoints are known.

    Why it is here: the tasks of computer vision differ in their labels, and here one image has the
    labels of all of them, exactly, without annotation or a download. The digits are those of
    `Digits` in the same split, so no digit of a test canvas has been trained on.

    Args:
        split: Split to load: 'train', 'val' or 'test'.
        num_samples: Number of canvases; the first ones do not depend on it.
        canvas: Height and width of a canvas in pixels.
        digits: Smallest and largest number of digits on a canvas.
        size: Smallest and largest height and width of a digit's square, in pixels.
        noise: Standard deviation of Gaussian noise, where black to white is 1.
        seed: Seed of what is drawn; it belongs to the data, not to the run.
        split_seed: Seed of the assignment of digits to splits, as in `Digits`.

    Shape:
        A batch: inputs float32 (N, 1, canvas, canvas) in [0, 1]; labels a dict, K the largest
        number of digits, lengths in pixels: 'bboxes' float32 (N, K, 4), x1, y1, x2, y2; 'labels'
        int64 (N, K), -1 for no digit; 'keypoints' float32 (N, K, 5, 2), (x, y) of each of
        `KEYPOINTS`; 'instances' uint8 (N, canvas, canvas), the number of the digit that a pixel
        belongs to, from 1; 'sem_seg' uint8 of the same shape, its class + 1; 0 is background.

    Raises:
        ArgumentError: If an argument is not as described, or the digits do not fit on a canvas.

    Example:
        >>> DigitCanvas('test', num_samples=2)[0]['labels']['bboxes'].shape
        torch.Size([4, 4])
    """

    classes: ClassVar[tuple[str, ...]] = Digits.classes
    scale: ClassVar[float] = 1 / 255
    is_composed: ClassVar[bool] = True  # `splits` are of the digits, not of the canvases

    split: str = field(default='train', kw_only=False)
    num_samples: int = 500
    canvas: int = 48
    digits: Sequence[int] = (1, 4)
    size: Sequence[int] = (12, 18)
    noise: float = 0.05
    seed: int = 0
    split_seed: int = 0

    def __post_init__(self) -> None:
        """Check the arguments and draw the canvases."""
        owner = 'DigitCanvas'
        check_choice(owner, 'split', self.split, SPLIT_NAMES)
        check_int(owner, 'num_samples', self.num_samples)
        check_int(owner, 'canvas', self.canvas, minimum=8)
        self.digits = _check_range('digits', self.digits, 1, 255)
        self.size = _check_range('size', self.size, 8, self.canvas)
        check_number(owner, 'noise', self.noise, 0, 1)
        check_seed(owner, 'seed', self.seed)
        source = Digits(self.split, split_seed=self.split_seed)
        self.source_sha256, self.splits = source.source_sha256, source.splits
        self._scale = torch.tensor(self.scale, dtype=torch.float32)
        self._draw(source)

    def _draw(self, source: Digits) -> None:
        images = source._inputs[:, 0].numpy() * 15  # 0-16 to 0-240, uint8
        classes = source._labels.numpy()
        rng = np.random.RandomState([self.seed, SPLIT_NAMES.index(self.split)])
        inputs = []
        labels: dict[str, list[Array]] = {}
        for _ in range(self.num_samples):
            digits = self._choose(images, classes, rng)
            inputs.append(draw_canvas(digits, self.canvas, self.noise, rng))
            for name, array in self._labels_of(digits).items():
                labels.setdefault(name, []).append(array)
        self._inputs = torch.from_numpy(np.stack(inputs)[:, None])
        self._labels = {name: torch.from_numpy(np.stack(rows)) for name, rows in labels.items()}

    def _choose(self, images: Array, classes: Array, rng: np.random.RandomState) -> list[Digit]:
        """Return the digits of one canvas, at their places."""
        count = rng.randint(self.digits[0], self.digits[1] + 1)
        chosen = rng.randint(len(images), size=count)
        sizes = rng.randint(self.size[0], self.size[1] + 1, count)
        resized = [resize(images[i], side) for i, side in zip(chosen, sizes, strict=True)]
        return place_digits(resized, classes[chosen].tolist(), self.canvas, rng)

    def _labels_of(self, digits: Sequence[Digit]) -> dict[str, Array]:
        """Return the labels of one canvas, padded to the largest number of digits."""
        most = self.digits[1]
        labels: dict[str, Array] = {
            'bboxes': np.zeros((most, 4), np.float32),
            'labels': np.full(most, -1, np.int64),
            'keypoints': np.zeros((most, len(KEYPOINTS), 2), np.float32),
            'instances': instance_map(digits, self.canvas),
        }
        for number, digit in enumerate(digits):
            labels['bboxes'][number] = digit.box
            labels['labels'][number] = digit.label
            labels['keypoints'][number] = digit.keypoints
        class_of = np.array([0, *(digit.label + 1 for digit in digits)], np.uint8)
        labels['sem_seg'] = class_of[labels['instances']]
        return labels

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return known facts about the canvases without drawing them."""
        side = arguments.get('canvas', cls.canvas)
        return {'num_classes': len(cls.classes), 'input_shape': (1, side, side)}

    def __len__(self) -> int:
        return self.num_samples

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one sample, without a batch axis."""
        index = range(len(self))[index]  # supports negative indices; IndexError ends a for loop
        batch = self.__getitems__([index])
        labels = {name: values[0] for name, values in batch['labels'].items()}
        return {'inputs': batch['inputs'][0], 'labels': labels}

    def __getitems__(self, indices: list[int]) -> dict[str, Any]:
        """Return a complete batch of copies, see Shape; `ArrayDataset.__getitems__`."""
        chosen = torch.tensor(indices, dtype=torch.int64)
        labels = {name: rows.index_select(0, chosen) for name, rows in self._labels.items()}
        return {'inputs': self._inputs.index_select(0, chosen) * self._scale, 'labels': labels}

    @property
    def metainfo(self) -> dict[str, Any]:
        """Description in plain data: dataset, classes, keypoints, shape of a sample, split."""
        return {
            'dataset': type(self).__name__,
            'classes': self.classes,
            'keypoints': KEYPOINTS,
            'input_shape': tuple(self._inputs.shape[1:]),
            'split': self.split,
            'split_seed': self.split_seed,
            'seed': self.seed,
        }

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Return the mean and the standard deviation of the training split, (1,) float32 each.

        Raises:
            ArgumentError: If this is not the training split.
        """
        if self.split != 'train':
            raise ArgumentError(
                f"DigitCanvas.statistics must come from split 'train', got {self.split!r}."
            )
        return mean_and_std(self._inputs * self._scale)


def _check_range(name: str, value: Any, minimum: int, maximum: int) -> tuple[int, int]:
    """Return (smallest, largest); refuse other than two ints in order, within the bounds."""
    is_pair = isinstance(value, Sequence) and len(value) == 2 and not isinstance(value, str)
    if not is_pair or not all(type(number) is int for number in value):
        raise ArgumentError(f'DigitCanvas.{name} must be two ints, got {value!r}.')
    low, high = value
    if not minimum <= low <= high <= maximum:
        raise ArgumentError(
            f'DigitCanvas.{name} must be (smallest, largest) within {minimum} to {maximum}, got '
            f'{value!r}.'
        )
    return low, high
