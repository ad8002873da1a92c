"""From features to classes."""

from __future__ import annotations

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmlesson.errors import check_int
from mmlesson.registry import MODELS, in_own_scope


@MODELS.register_module()
class ClassificationHead(BaseModule):
    """One linear layer to logits, z = W h + b, and a loss on them.

    Args:
        num_classes: Number of logits, at least 2.
        in_features: Values per sample that the backbone gives. `Classifier` fills it in from the
            backbone, so that a config says it once.
        loss: One of ours, or any loss of mmpretrain, e.g. 'mmpretrain.LabelSmoothLoss'.

    Shape:
        Input a tensor (N, in_features), or a tuple whose last one is meant; output (N,
        num_classes) logits.
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
        """Return the loss, and the accuracy in percent under the name that validation uses."""
        logits = self(feats)
        correct = (logits.argmax(1) == labels).sum()
        return {
            'loss': self.loss_module(logits, labels),
            'accuracy/top1': correct * (100.0 / len(labels)),
        }

    def sample_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of each sample, (N,)."""
        keyword = 'reduction' if _is_ours(self.loss_module) else 'reduction_override'
        losses: Tensor = self.loss_module(logits, labels, **{keyword: 'none'})
        return losses


def _is_ours(loss: nn.Module) -> bool:
    return type(loss).__module__.startswith('mmlesson.')
