"""Classification heads: from features to logits and loss."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_choice, check_int
from mmlesson.registry import MODELS, in_own_scope


@MODELS.register_module()
class ClassificationHead(BaseModule):
    """A linear layer to logits, z = W h + b, and a loss on them.

    Args:
        num_classes: Number of logits, at least 2.
        in_features: Number of features per sample; `Classifier` takes the default from its
            backbone.
        loss: Config of a loss of mmlesson or mmpretrain, e.g. 'mmpretrain.LabelSmoothLoss';
            default `CrossEntropyLoss`.

    Shape:
        Input a tensor (N, in_features), or a tuple whose last element is used; output logits (N,
        num_classes).

    Raises:
        ArgumentError: If an argument is not as described, or a label is too large.

    References:
        Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.4.
    """

    def __init__(
        self, num_classes: int, in_features: int, loss: dict[str, Any] | None = None
    ) -> None:
        super().__init__()
        check_int('ClassificationHead', 'num_classes', num_classes, minimum=2)
        check_int('ClassificationHead', 'in_features', in_features)
        self.num_classes = num_classes
        self.linear = nn.Linear(in_features, num_classes)
        self.loss_module = MODELS.build(in_own_scope(loss or {'type': 'mmlesson.CrossEntropyLoss'}))

    def forward(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.linear(feats[-1] if isinstance(feats, tuple) else feats)
        return logits

    def loss(self, feats: Tensor | tuple[Tensor, ...], labels: Tensor) -> dict[str, Tensor]:
        """Return the loss, and the accuracy in percent under the key that validation uses."""
        logits = self(feats)
        correct = (logits.argmax(1) == labels).sum()
        return {
            'loss': self._take_loss(logits, labels),
            'accuracy/top1': correct * (100.0 / len(labels)),
        }

    def sample_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of each sample, (N,)."""
        keyword = 'reduction' if _is_ours(self.loss_module) else 'reduction_override'
        return self._take_loss(logits, labels, **{keyword: 'none'})

    def _take_loss(self, logits: Tensor, labels: Tensor, **options: str) -> Tensor:
        try:
            loss: Tensor = self.loss_module(logits, labels, **options)
        except (
            IndexError,
            RuntimeError,
        ) as err:  # checked only on failure, for speed
            if int(labels.max()) < self.num_classes:
                raise
            raise ArgumentError(
                f'{type(self).__name__}.num_classes must be more than the largest label, '
                f'{int(labels.max())}, got {self.num_classes}. Set it to the number of '
                "the dataset's classes."
            ) from err
        return loss


@MODELS.register_module()
class BinaryHead(ClassificationHead):
    """A score s = w.h + b whose sign is the class: the linear classifier of the textbook.

    The logits are (-s/2, s/2): their softmax is the logistic function of s, and every loss for
    several classes becomes its textbook form for two, with y in {-1, +1}: cross-entropy
    log(1 + exp(-ys)), hinge max(0, 1 - ys), perceptron max(0, -ys).

    Args:
        in_features: As in `ClassificationHead`.
        bias: Whether to add b; without it, inputs in the plane have two parameters, which can be
            drawn.
        loss: As in `ClassificationHead`.
        init: 'zeros' for w = 0, as in the perceptron; 'default' for torch's initialisation.

    Shape:
        Input (N, in_features); output (N, 2) logits.

    References:
        Bishop (2006), Pattern Recognition and Machine Learning, sections 4.1.1 and 4.3.2.
    """

    def __init__(
        self,
        in_features: int,
        bias: bool = True,
        loss: dict[str, Any] | None = None,
        init: str = 'default',
    ) -> None:
        super().__init__(2, in_features, loss)
        check_choice('BinaryHead', 'init', init, ('default', 'zeros'))
        self.linear = nn.Linear(in_features, 1, bias=bias)
        if init == 'zeros':
            for parameter in self.linear.parameters():
                nn.init.zeros_(parameter)

    def forward(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Return the logits."""
        half = super().forward(feats) / 2
        return torch.cat([-half, half], 1)


def _is_ours(loss: nn.Module) -> bool:
    return type(loss).__module__.startswith('mmlesson.')
