"""Data preprocessor: moves batches to the device and standardises them."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmlesson.errors import ArgumentError, check_int
from mmlesson.registry import MODELS
from mmlesson.tasks import map_labels


@MODELS.register_module()
class LessonPreprocessor(BaseDataPreprocessor):
    """Moves a batch to the device and standardises it: x <- (x - mean) / std.

    Mean and standard deviation come from the training split only; the runner calls `fit` before
    training. They are buffers, so they are stored in checkpoints, and every later use of the model
    standardises as in training.

    Args:
        channels: Channels of an image, or features of a vector, each with its own statistics.
            None leaves inputs unchanged.

    Shape:
        'inputs' (N, channels, ...) of any dtype, which become float32; 'labels' (N,) int64, or
        a dict of tensors.

    Raises:
        ArgumentError: If the statistics have another shape, or are used before `fit`.
    """

    mean: Tensor
    std: Tensor
    fitted: Tensor

    def __init__(self, channels: int | None = None) -> None:
        super().__init__()
        self.channels = channels
        # A Python flag besides the buffer: reading the buffer would synchronise a GPU in each step.
        self._is_fitted = channels is None
        if channels is not None:
            check_int('LessonPreprocessor', 'channels', channels)
            self.register_buffer('mean', torch.zeros(channels))
            self.register_buffer('std', torch.ones(channels))
            self.register_buffer('fitted', torch.tensor(False))
        self.register_load_state_dict_post_hook(_note_fitted)

    @property
    def needs_statistics(self) -> bool:
        """Whether `fit` must be called before use."""
        return not self._is_fitted

    def fit(self, mean: Tensor, std: Tensor) -> None:
        """Set the statistics of the training split.

        Args:
            mean: Means, (channels,) float32.
            std: Standard deviations, (channels,) float32, without zeros.
        """
        if self.channels is None or mean.shape != (self.channels,) or std.shape != mean.shape:
            raise ArgumentError(
                f'LessonPreprocessor.channels (={self.channels}) must match the training data, '
                f'whose statistics have shape {tuple(mean.shape)}. Set channels={len(mean)}.'
            )
        self.mean.copy_(mean)
        self.std.copy_(std)
        self.fitted.fill_(True)
        self._is_fitted = True

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return the batch on the device, its inputs float32 and standardised."""
        inputs = data['inputs'].to(self.device, torch.float32, non_blocking=True)
        if self.channels is not None:
            inputs = self._standardise(inputs)
        moved: dict[str, Any] = {'inputs': inputs}
        if data.get('labels') is not None:
            moved['labels'] = map_labels(self._move, data['labels'])
        return moved

    def _move(self, labels: Tensor) -> Tensor:
        return labels.to(self.device, non_blocking=True)

    def _standardise(self, inputs: Tensor) -> Tensor:
        if not self._is_fitted:
            raise ArgumentError(
                'LessonPreprocessor has no statistics yet. Train through the runner, load a '
                'checkpoint, or call fit(*train_dataset.statistics()).'
            )
        if inputs.shape[1] != self.channels:
            raise ArgumentError(
                f'LessonPreprocessor.channels (={self.channels}) must match its input, got '
                f'{inputs.shape[1]} in shape {tuple(inputs.shape)}.'
            )
        shape = (-1, *[1] * (inputs.ndim - 2))
        return (inputs - self.mean.view(shape)) / self.std.view(shape)


def _note_fitted(module: LessonPreprocessor, _: Any) -> None:
    if module.channels is not None:
        module._is_fitted = bool(module.fitted)
