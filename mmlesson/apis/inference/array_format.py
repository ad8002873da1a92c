"""`ArrayFormat`: conversion of images and arrays to the form of a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.image_files import InputError, fit_image, open_image

Array = npt.NDArray[Any]


class InputFormat(Protocol):
    """Conversion of inputs to samples.

    Attributes:
        notes: Conversions of images to the form of the training data, each listed once.
        is_image: Whether a sample is an image, (C, H, W), and not a vector.
        has_one_shape: Whether all samples have one shape, that of the training data.
    """

    notes: dict[str, None]
    has_one_shape: bool

    @property
    def is_image(self) -> bool:
        """Whether a sample has a height and a width."""

    def split(self, array: Array) -> Array | list[Array]:
        """Return the samples of an array: the array itself, or each entry along its first axis.

        Samples of one shape are returned as one array, (N, ...).

        Raises:
            InputError: If the array is neither a sample nor a batch of samples.
        """

    def read(self, file: Path) -> Array:
        """Return an image file as a sample.

        Raises:
            InputError: If the file cannot be read.
        """


@dataclass
class ArrayFormat:
    """Samples in the form of an `ArrayDataset`, as described by the checkpoint.

    Integers are values as the dataset stores them, 0 to 1 / scale (digits: 0 to 16), and are
    scaled in the same way; floats are assumed to be scaled already. An image is converted to the
    stored form: grey or RGB, resized (each new pixel is the mean of the pixels that it covers, as
    when the digits were made from scans), integers in the same range.

    Args:
        dataset: Name of the dataset, used in messages.
        input_shape: Shape of one sample: (C, H, W) or (D,).
        scale: Factor by which the dataset multiplies stored values.
    """

    dataset: str
    input_shape: tuple[int, ...]
    scale: float = 1.0
    notes: dict[str, None] = field(default_factory=dict)
    has_one_shape: bool = True

    @property
    def is_image(self) -> bool:
        """Whether a sample has a height and a width."""
        return len(self.input_shape) == 3

    @property
    def full(self) -> int:
        """The largest value that the dataset stores in an image."""
        return 255 if self.scale == 1 else round(1 / self.scale)

    def split(self, array: Array) -> Array:
        """Return the samples, float32 (N, *input_shape)."""
        shape = self.input_shape
        plain = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape  # (H, W): one channel
        if array.shape not in (shape, plain) and array.shape[1:] not in (shape, plain):
            raise InputError(
                f'an array must have the shape {shape} of a sample of {self.dataset}, or (N, '
                f'{", ".join(map(str, shape))}), got {array.shape}.'
            )
        return self._scaled(array).reshape(-1, *shape)

    def _scaled(self, array: Array) -> Array:
        is_float = np.issubdtype(array.dtype, np.floating)
        if not is_float and not np.issubdtype(array.dtype, np.integer):
            raise InputError(f'an array must hold numbers, got dtype {array.dtype}.')
        with np.errstate(over='ignore'):  # float64 values beyond float32 become infinite
            values = array.astype(np.float32)
        if is_float and not bool(np.isfinite(values).all()):
            raise InputError('an array must hold finite float32 numbers, got NaN or infinity.')
        top = 1 if is_float else self.full
        if self.scale != 1 and array.size and (array.min() < 0 or array.max() > top):
            raise InputError(
                f'{self.dataset} has whole numbers 0 to {self.full}, or floats 0 to 1; got '
                f'{array.dtype} {array.min():g} to {array.max():g}. Scale them, or change the type.'
            )
        if not is_float:  # in float32 as in the dataset, so that the same sample has the same bits
            values *= np.float32(self.scale)
        return values

    def read(self, file: Path) -> Array:
        """Return an image file as a sample, float32 of shape ``input_shape``."""
        if not self.is_image or self.input_shape[0] not in (1, 3):
            raise InputError(
                f'it cannot be made into a sample of {self.dataset}, whose shape is '
                f'{self.input_shape}. Give an array (.npy, .npz).'
            )
        image, notes = open_image(file)
        was_stored_form = (image.mode, image.size) == self._stored_form
        pixels, changes = fit_image(image, self.input_shape)
        if was_stored_form and self.full < 255 and 0 < pixels.max() <= self.full:
            notes.append(f'images of values up to {self.full} only hold values as {self.dataset}')
        else:
            pixels = (pixels.astype(np.float64) * self.full / 255).round().astype(np.uint8)
        self.notes.update(dict.fromkeys([*notes, *changes]))
        # A network rounds differently if the channels of an image are last in memory.
        sample: Array = self.split(np.ascontiguousarray(pixels))[0]
        return sample

    @property
    def _stored_form(self) -> tuple[str, tuple[int, int]]:
        """Mode and size in Pillow of an image in the form of the dataset."""
        channels, height, width = self.input_shape
        return 'L' if channels == 1 else 'RGB', (width, height)
