"""`InferenceGraph`: a model with its preprocessing and softmax, or decoding, as one module."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor, ImgDataPreprocessor
from torch import Tensor, nn

from mmlesson.errors import ArgumentError
from mmlesson.models.preprocessor import LessonPreprocessor
from mmlesson.models.probabilities import has_probabilities
from mmlesson.tasks import task_of


class InferenceGraph(nn.Module):
    """A model from the values that its dataset returns to probabilities, scores or what it finds.

    Exporters need plain tensor operations, so the data preprocessor, which takes a dict, is
    replaced by its statistics.

    Args:
        model: Classifier of mmlesson or mmpretrain, or `TaskModel`; it is put into evaluation mode
            on the CPU.

    Attributes:
        task: Its task.
        outputs: Names of the outputs: 'probabilities', or 'scores' if `has_probabilities` is false
            of the model; or the ``results`` of another task.

    Shape:
        Input (N, ...) float32; output (N, C): float32 probabilities, or scores of the model's type;
        or of another task, a tensor for each output as described at `mmlesson.tasks.RESULTS`, a
        tuple if they are several.

    Raises:
        ArgumentError: If the preprocessor is not one of mmlesson, mmengine or mmpretrain.
    """

    mean: Tensor | None
    std: Tensor | None

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model.cpu().eval()
        self.task = task_of(model)
        self.outputs = self.task.results or (
            'probabilities' if has_probabilities(model) else 'scores',
        )
        preprocessor: Any = getattr(model, 'data_preprocessor', None)
        _check_preprocessor(preprocessor)
        mean, std = (getattr(preprocessor, name, None) for name in ('mean', 'std'))
        self.swaps_channels = _swaps_channels(preprocessor)
        self.register_buffer('mean', None if mean is None else mean.clone().reshape(-1))
        self.register_buffer('std', None if std is None else std.clone().reshape(-1))

    @property
    def output(self) -> str:
        """The names of the outputs, separated by commas."""
        return ', '.join(self.outputs)

    def forward(self, inputs: Tensor) -> Any:
        """Return the outputs for a batch."""
        values = inputs.flip(1) if self.swaps_channels else inputs
        if self.mean is not None and self.std is not None:
            shape = (-1, *[1] * (values.ndim - 2))
            values = (values - self.mean.view(shape)) / self.std.view(shape)
        logits = self.model(values, mode='tensor')
        if not self.task.has_classes:
            head: Any = self.model.head
            found = head.decode(logits, (inputs.shape[-2], inputs.shape[-1]))
            results = tuple(found[name] for name in self.outputs)
            return results if len(results) > 1 else results[0]
        return torch.softmax(logits, 1).float() if self.output == 'probabilities' else logits


def _swaps_channels(preprocessor: Any) -> bool:
    """Return whether a preprocessor of mmengine or mmpretrain reverses BGR and RGB."""
    flags = ('_channel_conversion', 'to_rgb')
    return any(bool(getattr(preprocessor, flag, False)) for flag in flags)


def _check_preprocessor(preprocessor: Any) -> None:
    kind = type(preprocessor)
    plain = kind in (type(None), BaseDataPreprocessor)
    known = isinstance(preprocessor, LessonPreprocessor | ImgDataPreprocessor)
    if not plain and not known and kind.__name__ != 'ClsDataPreprocessor':
        raise ArgumentError(
            f'data_preprocessor must be one of LessonPreprocessor, ClsDataPreprocessor and '
            f'ImgDataPreprocessor to be exported, got {kind.__name__}.'
        )
    if getattr(preprocessor, 'needs_statistics', False):
        raise ArgumentError(
            'data_preprocessor has no statistics yet. Export a checkpoint that LessonRunner saved.'
        )
