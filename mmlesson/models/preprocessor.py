"""Data preprocessor: moves batches to the device, augments and standardises them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any, Literal

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmlesson.errors import ArgumentError, check_int, shorten
from mmlesson.models.batch_augment import BatchAugment
from mmlesson.registry import MODELS
from mmlesson.tasks import map_labels


class PreparedBatch(dict[str, Any]):
    """A batch, and what a data preprocessor has made of it in advance.

    Args:
        batch: 'inputs' and 'labels' as in the dataset.
        prepared: The same, preprocessed.
        preprocessor: Data preprocessor that did it.
    """

    def __init__(
        self, batch: Mapping[str, Tensor], prepared: dict[str, Any], preprocessor: object
    ) -> None:
        super().__init__(batch)
        self._prepared, self._preprocessor = prepared, preprocessor
        self._versions = [(name, values, values._version) for name, values in batch.items()]

    def prepared_by(self, preprocessor: object) -> dict[str, Any] | None:
        """Return what it has made of the batch; None if it is another, or the batch has changed."""
        for name, values, version in self._versions:  # faster than all(...)
            if self.get(name) is not values or values._version != version:
                return None
        return self._prepared if preprocessor is self._preprocessor else None


@MODELS.register_module()
class LessonPreprocessor(BaseDataPreprocessor):
    """Moves a batch to the device and standardises it: x <- (x - mean) / std.

    Mean and standard deviation come from the training split only; the runner calls `fit` before
    training. They are buffers, so they are stored in checkpoints, and every later use of the model
    standardises as in training.

    Args:
        channels: Channels of an image, or features of a vector, each with its own statistics;
            'auto' for as many as the training data have. None leaves inputs unchanged, unless
            ``mean`` and ``std`` are given.
        mean: Means, one per channel, in place of those of the training data.
        std: Standard deviations, one per channel, more than 0; given together with ``mean``.
        augment: Augmentations of whole batches of images in training, applied in order, as in
            ``[dict(type='Shift', pixels=1)]``; see `BatchAugment`. They come before
            standardisation, so that the 0 of new pixels is the background of the dataset's images,
            and not their mean.

    Shape:
        'inputs' (N, channels, ...) of any dtype, which become float32; 'labels' (N,) int64, or
        a dict of tensors.

    Raises:
        ArgumentError: If an argument is not as described, if the statistics have another shape
            or are used before `fit`, or if images with other labels than classes are augmented.
    """

    mean: Tensor
    std: Tensor
    fitted: Tensor

    def __init__(
        self,
        channels: int | Literal['auto'] | None = None,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        augment: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__()
        if (mean is None) != (std is None):
            raise ArgumentError(
                'LessonPreprocessor.mean and std must be given together, got '
                f'{"std" if mean is None else "mean"} alone.'
            )
        if mean is not None and channels is None:
            channels = 'auto'
        self.channels = channels
        # A Python flag besides the buffer: reading the buffer would synchronise a GPU in each step.
        self._is_fitted = channels is None
        if channels is not None:
            if channels != 'auto':
                check_int('LessonPreprocessor', 'channels', channels)
            count = 0 if isinstance(channels, str) else channels
            self.register_buffer('mean', torch.zeros(count))
            self.register_buffer('std', torch.ones(count))
            self.register_buffer('fitted', torch.tensor(False))
        if mean is not None and std is not None:
            self.fit(_numbers('mean', mean), _numbers('std', std))
        # A tuple, and no module: augmentations have no place in a checkpoint.
        self._augments = (BatchAugment(augment),) if augment else ()
        self.register_load_state_dict_post_hook(_note_fitted)

    @property
    def needs_statistics(self) -> bool:
        """Whether `fit` must be called before use."""
        return not self._is_fitted

    @property
    def augments(self) -> bool:
        """Whether batches are changed at random in training."""
        return bool(self._augments)

    def fit(self, mean: Tensor, std: Tensor) -> None:
        """Set the statistics of the training split.

        Args:
            mean: Means, (channels,) float32.
            std: Standard deviations, (channels,) float32, without zeros.
        """
        wrong = self.channels != 'auto' and mean.shape != (self.channels,)
        if self.channels is None or wrong or mean.ndim != 1 or std.shape != mean.shape:
            raise ArgumentError(
                f'LessonPreprocessor.channels (={self.channels}) must match the training data, '
                f'whose statistics have shape {tuple(mean.shape)} and {tuple(std.shape)}. Set '
                f'channels={mean.numel()}.'
            )
        if not bool((std > 0).all()) or not bool(torch.isfinite(torch.cat([mean, std])).all()):
            raise ArgumentError(
                'LessonPreprocessor.mean must be finite and std more than 0, got mean '
                f'{shorten(mean.tolist())} and std {shorten(std.tolist())}. For a constant '
                'channel, set std to 1.'
            )
        self._resize(len(mean))
        self.mean.copy_(mean)
        self.std.copy_(std)
        self.fitted.fill_(True)
        self._is_fitted = True

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return the batch on the device, its inputs float32 and standardised."""
        if isinstance(data, PreparedBatch):
            prepared = data.prepared_by(self)
            if prepared is not None:
                return prepared
        inputs = data['inputs'].to(self.device, torch.float32, non_blocking=True)
        if self._augments and training and isinstance(data.get('labels'), Mapping):
            raise ArgumentError(
                'LessonPreprocessor.augment moves pixels, but not the boxes, keypoints and masks '
                'of an image. Remove it, or augment in the dataset.'
            )
        for augment in self._augments if training else ():
            inputs = augment(inputs)
        if self.channels is not None:
            inputs = self._standardise(inputs)
        moved: dict[str, Any] = {'inputs': inputs}
        if data.get('labels') is not None:
            moved['labels'] = map_labels(self._move, data['labels'])
        return moved

    def prepare(
        self, block: dict[str, Tensor], batches: Iterable[dict[str, Tensor]]
    ) -> Iterator[dict[str, Tensor]]:
        """Yield the batches of a block, standardised together.

        For a small network, to standardise each batch takes a twentieth of a training step. Batches
        that are augmented, or prepared by the ``forward`` of a subclass, are yielded as they are.

        Args:
            block: 'inputs' (N, ...) and 'labels' (N,) of several batches, in order.
            batches: The batches.
        """
        is_own = type(self).forward is not LessonPreprocessor.forward  # may differ in training
        if self._augments or is_own:
            yield from batches
            return
        batches = list(batches)
        sizes = [len(batch['inputs']) for batch in batches]
        prepared = self.forward(block)  # hooks of the module see each batch, not the block
        parts = zip(*(values.split(sizes) for values in prepared.values()), strict=True)
        for batch, own in zip(batches, parts, strict=True):
            yield PreparedBatch(batch, dict(zip(prepared, own, strict=True)), self)

    def _move(self, labels: Tensor) -> Tensor:
        return labels.to(self.device, non_blocking=True)

    def _standardise(self, inputs: Tensor) -> Tensor:
        if not self._is_fitted:
            raise ArgumentError(
                'LessonPreprocessor has no statistics yet. Train through the runner, load a '
                'checkpoint, give mean= and std=, or call fit(*train_dataset.statistics()).'
            )
        if inputs.shape[1] != len(self.mean):
            raise ArgumentError(
                f'LessonPreprocessor.channels (={len(self.mean)}) must match its input, got '
                f'{inputs.shape[1]} in shape {tuple(inputs.shape)}.'
            )
        if inputs.ndim == 2 or self.channels == 1:  # a view costs more than the subtraction
            return (inputs - self.mean).div_(self.std)
        shape = (-1, *[1] * (inputs.ndim - 2))
        return (inputs - self.mean.view(shape)).div_(self.std.view(shape))

    def take_shapes(self, state_dict: Mapping[str, Any], prefix: str) -> None:
        """Take the number of channels of a state to be loaded, where it is 'auto'.

        Args:
            state_dict: State of a whole model.
            prefix: Beginning of the names of this module's entries.
        """
        mean = state_dict.get(f'{prefix}mean')
        if isinstance(mean, Tensor) and mean.ndim == 1:
            self._resize(len(mean))

    def _resize(self, count: int) -> None:
        """Give the statistics the number of channels of the data, where it is 'auto'."""
        if self.channels == 'auto' and len(self.mean) != count:
            self.mean, self.std = self.mean.new_zeros(count), self.std.new_ones(count)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Load as a module does; 'auto' takes the number of channels of the checkpoint."""
        self.take_shapes(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def _numbers(name: str, values: Any) -> Tensor:
    is_list = isinstance(values, Sequence) and not isinstance(values, str) and len(values) > 0
    if not is_list or not all(
        isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
        for value in values
    ):
        raise ArgumentError(
            f'LessonPreprocessor.{name} must be a list of numbers, one per channel, got '
            f'{shorten(values)}.'
        )
    return torch.tensor([float(value) for value in values])


def _note_fitted(module: LessonPreprocessor, _: Any) -> None:
    if module.channels is not None:
        module._is_fitted = bool(module.fitted)
