"""Input formats: conversion of images and arrays to the form of the training data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.config import Config

from mmlesson.apis.inference.array_format import ArrayFormat, InputFormat
from mmlesson.apis.inference.table_format import TableFormat
from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.table_encoding import TableEncoding
from mmlesson.errors import UserError, locate
from mmlesson.registry import DATASETS

Array = npt.NDArray[Any]


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

    def split(self, array: Array) -> list[Array]:
        """Return a sample per image of (H, W, C) or (N, H, W, C), uint8, BGR as in OpenCV."""
        if array.dtype != np.uint8 or array.ndim not in (3, 4):
            raise InputError(
                'an array must be an image (H, W, C), or (N, H, W, C), of uint8, got '
                f'{array.shape} of {array.dtype}.'
            )
        return [self._apply({}, image) for image in (array if array.ndim == 4 else [array])]

    def read(self, file: Path) -> Array:
        """Return the output of the pipeline for a file."""
        return self._apply({'img_path': str(file)}, None)

    def _apply(self, results: dict[str, Any], image: Array | None) -> Array:
        transforms = list(self._compose.transforms)
        if image is not None:
            transforms = transforms[1:]
            size = image.shape[:2]
            results = {'img': image, 'img_shape': size, 'ori_shape': size, 'img_path': None}
        try:
            for transform in transforms:
                results = transform(results)
            inputs: Any = results['inputs']
        except Exception as err:  # a transform can raise any error
            raise InputError(f'the pipeline failed: {locate(err)}.') from err
        samples: Array = inputs.float().numpy()
        return samples


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
