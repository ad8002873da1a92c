"""Test-time augmentation: one answer from several looks at a picture."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseModel
from torch import nn

from mmlesson.errors import ArgumentError
from mmlesson.models.classifier import Prediction, predictions
from mmlesson.registry import MODELS


@MODELS.register_module()
class FlipTTA(BaseModel):
    """Averages the class probabilities of a picture and of its mirror image.

    It helps where a mirrored picture is as good a picture, as in photographs; digits are not such.
    mmengine's ``PrepareTTAHook`` puts it around a model whose weights are loaded.

    Args:
        module: The trained model.

    Shape:
        As the model's; inputs must be pictures, (N, C, H, W).
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the model itself returns, for one look."""
        return self.module(*args, **kwargs)

    def test_step(self, data: dict[str, Any]) -> list[Prediction]:
        """Return one prediction per sample, from the mean of both probabilities."""
        model: Any = self.module
        data = model.data_preprocessor(data, False)
        inputs = data['inputs']
        if inputs.ndim != 4:
            raise ArgumentError(
                f'FlipTTA needs pictures (N, C, H, W), got shape {tuple(inputs.shape)}. '
                'Test without --tta.'
            )
        looks = [model(x, mode='tensor').softmax(1) for x in (inputs, inputs.flip(-1))]
        # The softmax of log-probabilities gives them back.
        logits = torch.stack(looks).mean(0).clamp_min(torch.finfo(torch.float32).tiny).log()
        return predictions(logits, data.get('labels'))
