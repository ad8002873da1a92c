"""Input formats: conversion of images and arrays to the form of the training data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from mmengine.config import Config
from torch import Tensor

from mmlesson.apis.inference.table_format import TableFormat
from mmlesson.datasets.image_files import InputError, fit_image, open_image
from mmlesson.datasets.table_encoding import TableEncoding
from mmlesson.errors import UserError, locate
from mmlesson.registry import DATASETS

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

    def split(self, array: Array) -> list[Tensor]:
        """Return the samples of an array: the array itself, or each entry along its first axis.

        Raises:
            InputError: If the array is neither a sample nor a batch of samples.
        """

    def read(self, file: Path) -> Tensor:
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

    def split(self, array: Array) -> list[Tensor]:
        """Return each sample, float32 of shape ``input_shape``."""
        shape = self.input_shape
        plain = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape  # (H, W): one channel
        if array.shape not in (shape, plain) and array.shape[1:] not in (shape, plain):
            raise InputError(
                f'an array must have the shape {shape} of a sample of {self.dataset}, or (N, '
                f'{", ".join(map(str, shape))}), got {array.shape}.'
            )
        return list(self._scaled(array).reshape(-1, *shape).unbind())

    def _scaled(self, array: Array) -> Tensor:
        is_float = np.issubdtype(array.dtype, np.floating)
        if not is_float and not np.issubdtype(array.dtype, np.integer):
            raise InputError(f'an array must hold numbers, got dtype {array.dtype}.')
        with np.errstate(over='ignore'):  # float64 values beyond float32 become infinite
            tensor = torch.from_numpy(array.astype(np.float32))
        if is_float and not bool(torch.isfinite(tensor).all()):
            raise InputError('an array must hold finite float32 numbers, got NaN or infinity.')
        top = 1 if is_float else self.full
        if self.scale != 1 and array.size and (array.min() < 0 or array.max() > top):
            raise InputError(
                f'{self.dataset} has whole numbers 0 to {self.full}, or floats 0 to 1; got '
                f'{array.dtype} {array.min():g} to {array.max():g}. Scale them, or change the type.'
            )
        # In float32 as in the dataset, so that the same sample has the same bits.
        return tensor if is_float else tensor * torch.tensor(self.scale, dtype=torch.float32)

    def read(self, file: Path) -> Tensor:
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
        return self.split(pixels)[0]

    @property
    def _stored_form(self) -> tuple[str, tuple[int, int]]:
        """Mode and size in Pillow of an image in the form of the dataset."""
        channels, height, width = self.input_shape
        return 'L' if channels == 1 else 'RGB', (width, height)


@dataclass
class PipelineFormat:
    """Samples returned by a pipeline of mmcv or mmpretrain, e.g. from a folder of images.

    Args:
        pipeline: Transforms of the test dataset; the first one loads the file.
        scope: Registry scope of the transforms.
    """

    pipeline: list[dict[str, Any]]
    scope: str
    notes: dict[str, None] = field(default_factory=dict)
    is_image: bool = True
    has_one_shape: bool = False

    def __post_init__(self) -> None:
        from mmengine.dataset import Compose
        from mmengine.registry import TRANSFORMS

        with TRANSFORMS.switch_scope_and_registry(self.scope):
            self._compose = Compose(self.pipeline)

    def split(self, array: Array) -> list[Tensor]:
        """Return a sample per image of (H, W, C) or (N, H, W, C), uint8, BGR as in OpenCV."""
        if array.dtype != np.uint8 or array.ndim not in (3, 4):
            raise InputError(
                'an array must be an image (H, W, C), or (N, H, W, C), of uint8, got '
                f'{array.shape} of {array.dtype}.'
            )
        return [self._apply({}, image) for image in (array if array.ndim == 4 else [array])]

    def read(self, file: Path) -> Tensor:
        """Return the output of the pipeline for a file."""
        return self._apply({'img_path': str(file)}, None)

    def _apply(self, results: dict[str, Any], image: Array | None) -> Tensor:
        transforms = list(self._compose.transforms)
        if image is not None:
            transforms = transforms[1:]
            size = image.shape[:2]
            results = {'img': image, 'img_shape': size, 'ori_shape': size, 'img_path': None}
        try:
            for transform in transforms:
                results = transform(results)
        except Exception as err:  # a transform can raise any error
            raise InputError(f'the pipeline failed: {locate(err)}.') from err
        inputs: Tensor = results['inputs']
        return inputs.float()


def format_of(config: Config, dataset_meta: Mapping[str, Any]) -> InputFormat:
    """Return the input format of the data that a model was trained on.

    Args:
        config: Config of the run.
        dataset_meta: Meta information of the training data in the checkpoint.

    Raises:
        UserError: If the format cannot be determined.
    """
    name, shape = str(dataset_meta.get('dataset')), dataset_meta.get('input_shape')
    if shape is not None:
        dataset = DATASETS.get(name)
        if dataset is None:
            raise UserError(
                f"The dataset '{name}' of this run is not registered. Add its module to "
                'custom_imports in the config.'
            )
        if dataset_meta.get('table') is not None:
            classes = tuple(map(str, dataset_meta.get('classes') or ()))
            return TableFormat(name, TableEncoding.from_plain(dataset_meta['table']), classes)
        scale = float(getattr(dataset, 'scale', 1.0))
        if not math.isfinite(scale) or scale <= 0:
            raise UserError(f'{name}.scale must be a number > 0, got {scale}.')
        return ArrayFormat(name, tuple(shape), scale)
    source, scope = _pipeline_source(config)
    if source is not None:
        return PipelineFormat(list(source.pipeline), scope)
    raise UserError(
        'The checkpoint does not contain the shape of its training data (meta.dataset_meta), and '
        'the config has no pipeline. Use a checkpoint that LessonRunner saved.'
    )


def _pipeline_source(config: Config) -> tuple[Any, str]:
    """Return the config of a dataset with a pipeline, within its wrappers, and its scope."""
    loader = config.get('test_dataloader') or config.get('train_dataloader') or {}
    source, scope = loader.get('dataset'), config.get('default_scope') or 'mmlesson'
    while source:
        prefix, dot, _ = str(source.get('type')).partition('.')
        scope = prefix if dot else scope
        if source.get('pipeline'):
            return source, scope
        source = source.get('dataset') or next(iter(source.get('datasets') or ()), None)
    return None, scope
