"""Classification heads: from features to logits and loss."""

from __future__ import annotations

import inspect
from typing import Any

import torch
import torch.nn.functional as F
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
            default `CrossEntropyLoss`. Its ``forward`` takes ``reduction`` or, as in mmpretrain,
            ``reduction_override``.

    Shape:
        Input a tensor (N, in_features), or a tuple whose last element is used; output logits (N,
        num_classes).

    Raises:
        ArgumentError: If an argument is not as described, or a label is no class index.

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
        self._reduction_keyword = reduction_keyword(type(self.loss_module))
        # mmpretrain's CrossEntropyLoss takes no class indices in these two forms.
        forms = ('use_sigmoid', 'use_soft')
        self._needs_one_hot = any(getattr(self.loss_module, form, False) for form in forms)

    def forward(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.linear(feats[-1] if isinstance(feats, tuple) else feats)
        return logits

    def loss(self, feats: Tensor | tuple[Tensor, ...], labels: Tensor) -> dict[str, Tensor]:
        """Return the loss, and the accuracy in percent under the key that validation uses.

        Args:
            feats: Features of the backbone.
            labels: Class indices, (N,) int64; or shares of the classes, (N, num_classes) float, of
                mixed samples, of which the class with the largest share is the label.
        """
        logits = self(feats)
        classes = labels if labels.ndim == 1 else labels.argmax(1)
        correct = (logits.argmax(1) == classes).sum()
        return {
            'loss': self._take_loss(logits, labels),
            'accuracy/top1': correct * (100.0 / len(labels)),
        }

    def sample_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of each sample, (N,); that of a loss per class is reduced over classes.

        A loss that counts the labels it has seen, such as mmpretrain's ``SeesawLoss``, does not
        count these.
        """
        counters = [(buffer, buffer.clone()) for buffer in self.loss_module.buffers()]
        losses = self._take_loss(logits, labels, **{self._reduction_keyword: 'none'})
        for buffer, value in counters:
            buffer.copy_(value)
        if losses.ndim == 0 or len(losses) != len(labels):
            raise ArgumentError(
                f'{type(self.loss_module).__name__} must return a loss per sample for reduction '
                f"'none', got shape {tuple(losses.shape)} for {len(labels)} samples."
            )
        if losses.ndim == 1:
            return losses
        is_sum = getattr(self.loss_module, 'reduction', 'mean') == 'sum'
        return losses.flatten(1).sum(1) if is_sum else losses.flatten(1).mean(1)

    def _take_loss(self, logits: Tensor, labels: Tensor, **options: str) -> Tensor:
        try:
            targets = labels
            if self._needs_one_hot and labels.ndim == 1:
                targets = F.one_hot(labels, logits.shape[1])
            loss: Tensor = self.loss_module(logits, targets, **options)
        except LABEL_ERRORS as err:  # checked only on failure, for speed
            refuse_labels(type(self).__name__, labels, self.num_classes, err)
            if labels.ndim == 2:
                refuse_shares(type(self.loss_module).__name__, err)
            raise
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


LABEL_ERRORS = (IndexError, RuntimeError, AssertionError, ValueError)
"""Errors of losses for a label that is no class."""


def refuse_labels(owner: str, labels: Tensor, num_classes: int, err: Exception) -> None:
    """Raise `ArgumentError` from ``err`` if a label is not in [0, num_classes).

    Args:
        owner: Name of the head.
        labels: Labels of the batch that failed, (N,), or shares of classes, (N, C).
        num_classes: Number of logits.
        err: Error of the loss.
    """
    if labels.ndim == 2 and labels.shape[1] != num_classes:
        raise ArgumentError(
            f'data_preprocessor.num_classes must be that of {owner}, {num_classes}, got '
            f'{labels.shape[1]}.'
        ) from err
    least, most = int(labels.min()), int(labels.max())
    if least < 0:
        raise ArgumentError(
            f'Labels must be class indices >= 0, got {least}. Number the classes from 0.'
        ) from err
    if most >= num_classes:
        raise ArgumentError(
            f'{owner}.num_classes must be more than the largest label, {most}, got {num_classes}. '
            "Set it to the number of the dataset's classes."
        ) from err


def refuse_shares(loss: str, err: Exception) -> None:
    """Raise `ArgumentError` from ``err`` for a loss that takes one class per sample."""
    raise ArgumentError(
        f'{loss} takes one class per sample, and data_preprocessor.batch_augments mixes classes. '
        'Use CrossEntropyLoss, or remove batch_augments.'
    ) from err


def reduction_keyword(loss: type[nn.Module]) -> str:
    """Return the argument of a loss that turns its reduction off; mmpretrain has its own.

    Args:
        loss: Class of the loss.

    Raises:
        ArgumentError: If it has none.
    """
    arguments = [name for name in inspect.signature(loss.forward).parameters if name != 'self']
    for name in ('reduction_override', 'reduction'):
        if name in arguments:
            return name
    raise ArgumentError(
        f'{loss.__name__}.forward must have an argument reduction or reduction_override, with '
        f'which validation asks for the loss of each sample, got {", ".join(arguments)}.'
    )
