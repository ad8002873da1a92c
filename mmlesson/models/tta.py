"""Test-time augmentation: one prediction from several views of an image."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseModel
from torch import nn

from mmlesson.errors import ArgumentError
from mmlesson.models.predictions import Predictions, predictions
from mmlesson.registry import MODELS


@MODELS.register_module()
class FlipTTA(BaseModel):
    """Averages the class probabilities of an image and of its mirror image.

    It helps if mirroring preserves the class, as for photographs but not for digits. mmengine's
    ``PrepareTTAHook`` wraps it around a model after loading the weights.

    Args:
        module: The trained model.

    Shape:
        As the model; inputs must be images, (N, C, H, W).
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the output of the model for one view."""
        return self.module(*args, **kwargs)

    def test_step(self, data: dict[str, Any]) -> Predictions:
        """Return one prediction per sample, from the mean of the probabilities of both views."""
        model: Any = self.module
        data = model.data_preprocessor(data, False)
        inputs = data['inputs']
        if inputs.ndim != 4:
            raise ArgumentError(
                f'FlipTTA needs images (N, C, H, W), got shape {tuple(inputs.shape)}. '
                'Test without --tta.'
            )
        views = [model(x, mode='tensor').softmax(1) for x in (inputs, inputs.flip(-1))]
        # The softmax of the log-probabilities returns the probabilities.
        logits = torch.stack(views).mean(0).clamp_min(torch.finfo(torch.float32).tiny).log()
        return predictions(logits, data.get('labels'))
