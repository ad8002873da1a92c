"""Dataset of digits that move, a small step from images to video."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.datasets.digits import Digits
from mmlesson.datasets.splits import check_seed
from mmlesson.errors import ArgumentError, check_int
from mmlesson.registry import DATASETS

SIDE = 16
"""Height and width of a frame."""

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""Rows and columns of a step in each direction."""


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class MovingDigits(ArrayDataset):
    """1,797 pairs of frames in which a handwritten digit moves; the class is the direction.

    Why it is here: what moves, and where to, is in no single image. A digit that leaves at one edge
    enters at the opposite one, so that in each frame all places are equally likely, and a frame
    alone has no information about the direction. Two frames, stacked as channels, are an image from
    which a CNN can learn it: the simplest form of action recognition.

    Args:
        frames: 2 for both frames, or 1 for the first alone.
        step: Pixels that the digit moves from one frame to the next.
        seed: Seed of the places and directions; it belongs to the data, not to the run.

    The other arguments are those of `ArrayDataset`. The splits are of the digits, stratified by
    digit: no digit of a test pair has been trained on.

    Shape:
        A batch: inputs float32 (N, frames, 16, 16) in [0, 1], labels int64 (N,) in [0, 3].

    Raises:
        ArgumentError: If an argument is not as described.

    Example:
        >>> MovingDigits('test')[0]['inputs'].shape
        torch.Size([2, 16, 16])

    References:
        Srivastava, Mansimov, Salakhutdinov (2015), arXiv:1502.04681 (Moving MNIST); Simonyan,
        Zisserman (2014), arXiv:1406.2199 (frames stacked as channels).
    """

    classes = ('up', 'right', 'down', 'left')
    scale = Digits.scale

    frames: int = 2
    step: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the arguments and load the split."""
        if self.frames not in (1, 2) or isinstance(self.frames, bool):
            raise ArgumentError(f'MovingDigits.frames must be 1 or 2, got {self.frames!r}.')
        check_int('MovingDigits', 'step', self.step, minimum=1)
        if self.step >= SIDE // 2:
            raise ArgumentError(
                f'MovingDigits.step must be less than {SIDE // 2}, half of the side of a frame, '
                f'got {self.step}.'
            )
        check_seed('MovingDigits', 'seed', self.seed)
        super().__post_init__()

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return known facts about the pairs without making them."""
        shape = (arguments.get('frames', cls.frames), SIDE, SIDE)
        return {'num_classes': len(cls.classes), 'input_shape': shape, 'num_samples': 1797}

    def _load(self) -> tuple[Array, Array, Array]:
        images, digits, _ = Digits('train')._load()
        rng = np.random.RandomState(self.seed)
        places = rng.randint(SIDE, size=(len(images), 2))
        labels = rng.randint(len(STEPS), size=len(images))
        moved = places + self.step * np.array(STEPS)[labels]
        frames = [_at(images[:, 0], where) for where in (places, moved)]
        return np.stack(frames[: self.frames], 1), labels, digits


def _at(images: Array, places: Array) -> Array:
    """Return frames with each image at its (top, left), continued at the opposite edge."""
    frames = np.zeros((len(images), SIDE, SIDE), images.dtype)
    size = images.shape[1]
    rows = (places[:, 0, None] + np.arange(size)) % SIDE
    columns = (places[:, 1, None] + np.arange(size)) % SIDE
    numbers = np.arange(len(images))[:, None, None]
    frames[numbers, rows[:, :, None], columns[:, None, :]] = images
    return frames
